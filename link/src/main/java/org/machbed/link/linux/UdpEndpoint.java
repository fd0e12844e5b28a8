package org.machbed.link.linux;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.machbed.netstack.Ipv4Address;

/**
 * An end of a UDP wire.
 *
 * @param host an IPv4 address, or the name of a machine; for the local end a subnet too
 * @param port 1 to 65,535
 */
public record UdpEndpoint(String host, int port) {
    /** A container's name is known once it runs, and its peers may start before it. */
    private static final int MOST_LOOK_UPS = 60;

    private static final long LOOK_UP_INTERVAL_MILLIS = 500;

    public UdpEndpoint {
        if (host.isEmpty() || host.chars().anyMatch(c -> c <= ' ' || c == ':' || c == ',')) {
            throw new IllegalArgumentException("\"" + host + "\" is no IPv4 address and no name of a machine");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
        }
        if (Ipv4Subnet.isMeantBy(host)) {
            host = Ipv4Subnet.parse(host).text();
        } else if (isMeantAsAddress(host)) {
            host = Ipv4Address.format(Ipv4Address.parse(host));
        }
    }

    /**
     * Reads {@code HOST:PORT}.
     *
     * @throws IllegalArgumentException when it is anything else
     */
    public static UdpEndpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("\"" + text + "\" is not HOST:PORT, like 192.0.2.1:7410");
        }
        return new UdpEndpoint(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }

    private static boolean isMeantAsAddress(String host) {
        return host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    /** Whether it is wherever this machine has an address in a subnet. */
    public boolean isSubnet() {
        return Ipv4Subnet.isMeantBy(host);
    }

    /**
     * The same end with its address; a name that is not known yet is asked for again, for half a minute.
     *
     * @throws IOException when the name stays unknown, or the subnet has not one local address
     */
    UdpEndpoint resolved() throws IOException {
        int ipv4;
        if (Ipv4Subnet.isMeantBy(host)) {
            ipv4 = Ipv4Subnet.parse(host).local().ipv4();
        } else if (isMeantAsAddress(host)) {
            ipv4 = Ipv4Address.parse(host);
        } else {
            ipv4 = lookUp();
        }
        return new UdpEndpoint(Ipv4Address.format(ipv4), port);
    }

    private int lookUp() throws IOException {
        // Otherwise Java answers a name that it did not find from memory for ten seconds, without asking.
        Security.setProperty("networkaddress.cache.negative.ttl", "0");
        UnknownHostException unknown = new UnknownHostException(host);
        for (int i = 0; i < MOST_LOOK_UPS; i++) {
            try {
                Optional<Inet4Address> address = Arrays.stream(InetAddress.getAllByName(host))
                        .filter(Inet4Address.class::isInstance)
                        .map(Inet4Address.class::cast)
                        .findFirst();
                if (address.isEmpty()) {
                    throw new IOException(host + " has no IPv4 address");
                }
                return LocalAddress.inHostOrder(address.get());
            } catch (UnknownHostException e) {
                unknown = e;
                pause();
            }
        }
        throw new IOException(
                "nobody knows the machine " + host + ", asked " + MOST_LOOK_UPS + " times in "
                        + MOST_LOOK_UPS * LOOK_UP_INTERVAL_MILLIS / 1_000 + " s",
                unknown);
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_UP_INTERVAL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while looking up a machine", e);
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
