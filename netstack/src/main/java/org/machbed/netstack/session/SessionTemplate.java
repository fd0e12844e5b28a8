package org.machbed.netstack.session;

import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.ipv4.IpProtocol;

/**
 * Whose packets are a session's: its protocol, its own address and port, and those of its peer, or 0 and 0 for any peer (a
 * datagram socket that is not connected, a TCP listener). It says which frames the session receives and which it may send.
 *
 * @param protocol {@link IpProtocol#UDP} or {@link IpProtocol#TCP}
 * @param localIpv4 in host order
 * @param remoteIpv4 in host order
 */
public record SessionTemplate(int protocol, int localIpv4, int localPort, int remoteIpv4, int remotePort) {
    /** Throws {@link IllegalArgumentException}, with what is wrong, for what no packet of a session can carry. */
    public SessionTemplate {
        if (protocol != IpProtocol.UDP && protocol != IpProtocol.TCP) {
            throw new IllegalArgumentException("a session speaks UDP or TCP, not protocol " + protocol);
        }
        checkHost("local", localIpv4);
        checkPort("local", localPort);
        if (remoteIpv4 != 0 || remotePort != 0) {
            if (remoteIpv4 == 0 || remotePort == 0) {
                throw new IllegalArgumentException("the remote address and port are both given or both 0, not "
                        + Ipv4Address.format(remoteIpv4) + ":" + remotePort);
            }
            checkHost("remote", remoteIpv4);
            checkPort("remote", remotePort);
        }
    }

    /** Of a session with any peer. */
    public static SessionTemplate withAny(int protocol, int localIpv4, int localPort) {
        return new SessionTemplate(protocol, localIpv4, localPort, 0, 0);
    }

    /** RFC 1122 section 3.2.1.3: what is on a wire comes from one host, and not from inside one. */
    private static void checkHost(String end, int ipv4) {
        if (Ipv4Address.isThisNetwork(ipv4)
                || Ipv4Address.isLoopback(ipv4)
                || Ipv4Address.isMulticast(ipv4)
                || ipv4 == Ipv4Address.LIMITED_BROADCAST) {
            throw new IllegalArgumentException(
                    "the " + end + " address " + Ipv4Address.format(ipv4) + " names no host on a network");
        }
    }

    private static void checkPort(String end, int port) {
        if (port < 1 || port > 0xFFFF) {
            throw new IllegalArgumentException("the " + end + " port " + port + " is not between 1 and 65535");
        }
    }

    /** Whether the session has any peer. */
    public boolean isWithAny() {
        return remotePort == 0;
    }

    long addresses() {
        return addresses(localIpv4, remoteIpv4);
    }

    long ports() {
        return ports(protocol, localPort, remotePort);
    }

    /** The first half of a session's key. */
    static long addresses(int localIpv4, int remoteIpv4) {
        return (long) localIpv4 << 32 | (remoteIpv4 & 0xFFFF_FFFFL);
    }

    /** The second half of a session's key, which is never 0. */
    static long ports(int protocol, int localPort, int remotePort) {
        return (long) protocol << 32 | ((localPort << 16 | remotePort) & 0xFFFF_FFFFL);
    }

    /** As in {@code UDP 192.0.2.1:7 with 192.0.2.2:1024}, or {@code with any}. */
    @Override
    public String toString() {
        return IpProtocol.name(protocol) + " " + Ipv4Address.format(localIpv4) + ":" + localPort + " with "
                + (isWithAny() ? "any" : Ipv4Address.format(remoteIpv4) + ":" + remotePort);
    }
}
