package org.machbed.link.linux;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.machbed.netstack.Ipv4Address;

/**
 * Addresses with a prefix in common, as {@code 10.151.0.0/16}. Stands for the one local address in it, and for the interface that has
 * it: a container is told its subnet and not its address.
 *
 * @param network the first address, in host order
 * @param prefixLength bits that its addresses have in common, 0 to 32
 */
public record Ipv4Subnet(int network, int prefixLength) implements InterfaceChoice {
    public Ipv4Subnet {
        if ((network & ~Ipv4Address.mask(prefixLength)) != 0) {
            throw new IllegalArgumentException("subnet " + Ipv4Address.format(network) + "/" + prefixLength
                    + " has bits beyond its prefix: is it "
                    + Ipv4Address.format(network & Ipv4Address.mask(prefixLength)) + "/" + prefixLength + "?");
        }
    }

    /** Whether a text is meant to be a subnet: no name of an interface or a machine has a '/'. */
    static boolean isMeantBy(String text) {
        return text.indexOf('/') >= 0;
    }

    /**
     * Reads {@code ADDRESS/LENGTH}.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    public static Ipv4Subnet parse(String text) {
        int slash = text.indexOf('/');
        String length = text.substring(slash + 1);
        if (slash < 0 || !length.matches("[0-9]|[12][0-9]|3[0-2]")) {
            throw new IllegalArgumentException("\"" + text + "\" is no subnet like 192.0.2.0/24");
        }
        return new Ipv4Subnet(Ipv4Address.parse(text.substring(0, slash)), Integer.parseInt(length));
    }

    boolean contains(int ipv4) {
        return (ipv4 & Ipv4Address.mask(prefixLength)) == network;
    }

    @Override
    public InterfaceName choose() throws IOException {
        return new InterfaceName(local().interfaceName());
    }

    /**
     * The one address of this machine in it.
     *
     * @throws IOException when there is none, or more than one, naming what is there
     */
    LocalAddress local() throws IOException {
        List<LocalAddress> all = LocalAddress.all();
        List<LocalAddress> within =
                all.stream().filter(local -> contains(local.ipv4())).toList();
        if (within.size() == 1) {
            return within.getFirst();
        }
        throw new IOException(
                within.isEmpty()
                        ? "no interface of this network namespace has an address in " + text() + ": there "
                                + (all.isEmpty() ? "are no addresses" : "is " + listed(all))
                        : within.size() + " addresses are in " + text() + ", and one is wanted: " + listed(within));
    }

    private static String listed(List<LocalAddress> addresses) {
        return addresses.stream().map(LocalAddress::toString).collect(Collectors.joining(", "));
    }

    @Override
    public String text() {
        return Ipv4Address.format(network) + "/" + prefixLength;
    }

    @Override
    public String toString() {
        return text();
    }
}
