package org.machbed.testbed.node.server;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.ArrayList;
import java.util.List;
import org.machbed.netstack.Ipv4Address;

/** Addresses to listen on, given as such or as networks: a container's own are known only once it runs. */
public final class LocalAddresses {
    private static final int BITS = 32;

    private LocalAddresses() {}

    /**
     * The addresses of some words.
     *
     * @param words each an address, a machine's name, or an IPv4 network as 10.152.0.0/24
     * @throws IllegalArgumentException naming the network that this machine has no address of
     */
    public static List<InetAddress> of(List<String> words) throws IOException {
        var addresses = new ArrayList<InetAddress>();
        for (String word : words) {
            addresses.add(word.contains("/") ? onNetwork(word) : InetAddress.getByName(word));
        }
        return addresses;
    }

    private static InetAddress onNetwork(String text) throws IOException {
        int slash = text.indexOf('/');
        String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,2}") || Integer.parseInt(length) > BITS) {
            throw new IllegalArgumentException(text + " is no IPv4 network");
        }
        int mask = Ipv4Address.mask(Integer.parseInt(length));
        int network = Ipv4Address.parse(text.substring(0, slash)) & mask;
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(Inet4Address.class::isInstance)
                .filter(address -> (Ipv4Address.parse(address.getHostAddress()) & mask) == network)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("this machine has no address of " + text));
    }
}
