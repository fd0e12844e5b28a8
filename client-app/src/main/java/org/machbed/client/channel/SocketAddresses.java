package org.machbed.client.channel;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.machbed.netstack.socket.DatagramHeader;

/** Between the JDK's addresses and the socket layer's words: IPv4 in host order. */
final class SocketAddresses {
    /** Any local address, any free port. */
    static final InetSocketAddress ANY = of(0);

    private SocketAddresses() {}

    /**
     * The address as one that an IPv4 channel can use.
     *
     * @throws UnsupportedAddressTypeException when it is no IPv4 socket address
     * @throws UnresolvedAddressException when its host name was not resolved
     */
    static InetSocketAddress check(SocketAddress address) {
        if (address == null) {
            throw new NullPointerException("address");
        }
        if (!(address instanceof InetSocketAddress internet)) {
            throw new UnsupportedAddressTypeException();
        }
        if (internet.isUnresolved()) {
            throw new UnresolvedAddressException();
        }
        if (!(internet.getAddress() instanceof Inet4Address)) {
            throw new UnsupportedAddressTypeException();
        }
        return internet;
    }

    /**
     * The same of a destination, where 0.0.0.0 stands for this host.
     *
     * @throws UnsupportedAddressTypeException as {@link #check}
     * @throws UnresolvedAddressException as {@link #check}
     */
    static InetSocketAddress checkDestination(SocketAddress address) {
        InetSocketAddress checked = check(address);
        return checked.getAddress().isAnyLocalAddress()
                ? new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), checked.getPort())
                : checked;
    }

    static int ipv4(InetSocketAddress address) {
        // InetAddress.hashCode() is its IPv4 word, but that is nowhere promised; the bytes are.
        byte[] bytes = address.getAddress().getAddress();
        return (bytes[0] & 0xFF) << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | (bytes[3] & 0xFF);
    }

    /** The address in a packed {@link DatagramHeader}, whose length is not looked at. */
    static InetSocketAddress of(long header) {
        int ipv4 = DatagramHeader.ipv4(header);
        byte[] bytes = {(byte) (ipv4 >>> 24), (byte) (ipv4 >>> 16), (byte) (ipv4 >>> 8), (byte) ipv4};
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), DatagramHeader.port(header));
        } catch (UnknownHostException e) {
            throw new AssertionError("four bytes are an IPv4 address", e);
        }
    }
}
