package org.machbed.testbed.node;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.HexFormat;
import java.util.Optional;
import org.machbed.netstack.Ipv4Address;
import org.machbed.testbed.launch.HostSettings;

/**
 * The IPv4 network of the hosts of rows, a /16: row n has the addresses n.1 and n.2 in it, and the stations 02:00 and those four bytes.
 * The machines that carry the rows may be on it, from row {@value #ROWS} on.
 *
 * @param network its lowest address, in host order
 */
public record Subnet(int network, int prefixLength) {
    /** Rows that have addresses. */
    public static final int ROWS = 255;

    private static final int PREFIX_LENGTH = 16;
    private static final int ROW_BITS = 8;

    /**
     * Reads {@code 10.151.0.0/16}.
     *
     * @throws IllegalArgumentException when it is no network of that size
     */
    public static Subnet parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).equals(String.valueOf(PREFIX_LENGTH))) {
            throw new IllegalArgumentException("the network of the rows is a /16, as 10.151.0.0/16, not " + text);
        }
        int network = Ipv4Address.parse(text.substring(0, slash));
        if ((network & ~Ipv4Address.mask(PREFIX_LENGTH)) != 0) {
            throw new IllegalArgumentException(text + " has bits beyond its prefix");
        }
        return new Subnet(network, PREFIX_LENGTH);
    }

    /**
     * A host of a row.
     *
     * @param host "a" or "b"
     * @param row below {@link #ROWS}
     */
    public HostSettings host(String host, int row, int cpu) {
        int address = network | row << ROW_BITS | (host.equals("a") ? 1 : 2);
        String mac = HexFormat.ofDelimiter(":").formatHex(new byte[] {
            2, 0, (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
        });
        return new HostSettings(host, mac, Ipv4Address.format(address), prefixLength, cpu);
    }

    /** This machine's own address on the network, if it has one. */
    public Optional<String> ownAddress() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(this::contains)
                .map(InetAddress::getHostAddress)
                .findFirst();
    }

    /** The MTU of the interface that has it. */
    public Optional<Integer> ownMtuBytes() throws SocketException {
        Optional<NetworkInterface> own = NetworkInterface.networkInterfaces()
                .filter(device -> device.inetAddresses().anyMatch(this::contains))
                .findFirst();
        return own.isPresent() ? Optional.of(own.get().getMTU()) : Optional.empty();
    }

    private boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == Integer.BYTES
                && (Ipv4Address.parse(address.getHostAddress()) & Ipv4Address.mask(prefixLength)) == network;
    }

    @Override
    public String toString() {
        return Ipv4Address.format(network) + "/" + prefixLength;
    }
}
