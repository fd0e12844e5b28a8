package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.icmp.IcmpHeader;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.tcp.TcpHeader;
import org.machbed.netstack.udp.UdpHeader;

/**
 * A view of a frame as far as its session shows: addresses, protocol, and the ports where it has them. {@link #wrap} reads every
 * field once; accessors cannot fail afterwards, whatever another holder of the memory writes there.
 */
final class SessionPacket {
    final EthernetHeader ethernet = new EthernetHeader();
    final Ipv4Header ip = new Ipv4Header();
    private final IcmpHeader icmp = new IcmpHeader();
    private final Ipv4Header quoted = new Ipv4Header();
    private final UdpHeader udp = new UdpHeader();
    private final TcpHeader tcp = new TcpHeader();
    private int local;
    private int remote;
    private int protocol;
    private int sourcePort;
    private int destinationPort;

    /**
     * Views the frame at {@code offset}.
     *
     * @return why it can be no session's, or {@code null} when it can
     */
    @Nullable
    SessionCounter wrap(MemorySegment memory, long offset, int lengthBytes) {
        if (ethernet.wrap(memory, offset, lengthBytes) != null) {
            return SessionCounter.TOO_SHORT;
        }
        if (ethernet.type() != EtherType.IPV4) {
            return SessionCounter.NOT_IPV4;
        }
        if (ip.wrap(memory, offset + EthernetHeader.LENGTH_BYTES, lengthBytes - EthernetHeader.LENGTH_BYTES) != null) {
            return SessionCounter.MALFORMED_IPV4;
        }
        boolean isUdp = ip.protocol() == IpProtocol.UDP;
        if (!isUdp && ip.protocol() != IpProtocol.TCP) {
            return SessionCounter.OTHER_PROTOCOL;
        }
        if (ip.isFragment() && !isSaneFragment()) {
            return SessionCounter.MALFORMED_FRAGMENT;
        }
        local = ip.destination();
        remote = ip.source();
        protocol = ip.protocol();
        sourcePort = 0;
        destinationPort = 0;
        if (isLaterFragment()) {
            return null;
        }
        return (isUdp ? wrapUdp(memory) : wrapTcp(memory)) ? null : SessionCounter.MALFORMED_TRANSPORT;
    }

    /**
     * Views, of a frame of another protocol, the packet that an ICMP error in it quotes, as if what it went to had sent it back: the
     * error is the business of that session. Answers whether there is one.
     */
    boolean wrapQuotedByError(MemorySegment memory) {
        boolean isError = ip.protocol() == IpProtocol.ICMP
                && !ip.isFragment()
                && icmp.wrap(memory, ip.dataOffset(), ip.dataBytes()) == null
                && isError(icmp.type())
                && quoted.wrapQuoted(memory, icmp.dataOffset(), icmp.dataBytes())
                && quoted.fragmentOffsetBytes() == 0
                && quoted.source() == ip.destination();
        if (!isError) {
            return false;
        }
        local = quoted.source();
        remote = quoted.destination();
        protocol = quoted.protocol();
        if (protocol == IpProtocol.UDP) {
            udp.wrapQuoted(memory, quoted.dataOffset());
            sourcePort = udp.destinationPort();
            destinationPort = udp.sourcePort();
        } else if (protocol == IpProtocol.TCP) {
            tcp.wrapQuoted(memory, quoted.dataOffset());
            sourcePort = tcp.destinationPort();
            destinationPort = tcp.sourcePort();
        } else {
            return false;
        }
        return true;
    }

    private static boolean isError(int type) {
        return type == IcmpHeader.DESTINATION_UNREACHABLE
                || type == IcmpHeader.TIME_EXCEEDED
                || type == IcmpHeader.PARAMETER_PROBLEM;
    }

    /** Who it is to, of our two ends. */
    int local() {
        return local;
    }

    int remote() {
        return remote;
    }

    int protocol() {
        return protocol;
    }

    /**
     * As {@code Reassembler} asks. And none of TCP lies over the fixed header, which a first fragment has whole (RFC 1858
     * section 3, RFC 3128): ports and flags are those that were looked at.
     */
    private boolean isSaneFragment() {
        int start = ip.fragmentOffsetBytes();
        int length = ip.dataBytes();
        return length != 0
                && (!ip.moreFragments() || length % 8 == 0)
                && start + length + ip.headerBytes() <= Ipv4Header.MAXIMUM_PACKET_BYTES
                && (ip.protocol() != IpProtocol.TCP || start == 0 || start >= TcpHeader.MINIMUM_BYTES);
    }

    /** A first fragment is shorter than its datagram, so that only the least length is known to be wrong. */
    private boolean wrapUdp(MemorySegment memory) {
        if (ip.isFragment()) {
            udp.wrapQuoted(memory, ip.dataOffset());
            if (udp.lengthBytes() < UdpHeader.LENGTH_BYTES) {
                return false;
            }
        } else if (udp.wrap(memory, ip.dataOffset(), ip.dataBytes()) != null) {
            return false;
        }
        sourcePort = udp.sourcePort();
        destinationPort = udp.destinationPort();
        return true;
    }

    private boolean wrapTcp(MemorySegment memory) {
        if (tcp.wrap(memory, ip.dataOffset(), ip.dataBytes()) != null) {
            return false;
        }
        sourcePort = tcp.sourcePort();
        destinationPort = tcp.destinationPort();
        return true;
    }

    /** Whether it has no ports, which are in the datagram's first fragment. */
    boolean isLaterFragment() {
        return ip.fragmentOffsetBytes() != 0;
    }

    /** 0 of a later fragment. */
    int sourcePort() {
        return sourcePort;
    }

    /** 0 of a later fragment. */
    int destinationPort() {
        return destinationPort;
    }

    /** Of the frame without padding. */
    int frameBytes() {
        return EthernetHeader.LENGTH_BYTES + ip.totalBytes();
    }

    /** Source and destination address: the first half of what the fragments of a datagram have in common (RFC 791 section 3.2). */
    long ends() {
        return (long) ip.source() << 32 | (ip.destination() & 0xFFFF_FFFFL);
    }

    /** Protocol and identification: the second half. */
    int protocolAndIdentification() {
        return ip.protocol() << 16 | ip.identification();
    }
}
