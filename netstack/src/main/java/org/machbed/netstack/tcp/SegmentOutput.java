package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.time.TokenBucket;

/**
 * Composes segments in the frames that carry them: header, options, one copy of the text out of the send buffer, checksum. What a
 * segment says is its caller's business; how it looks is decided here.
 */
final class SegmentOutput {
    /** Resets to nobody's segments, so that a flood is not answered by a flood (RFC 1812 section 4.3.2.8 does so for ICMP). */
    static final int RESETS_PER_SECOND = 1000;

    static final int RESET_BURST = 200;

    private final Ipv4Output output;
    private final StackCounters counters;
    private final TokenBucket resets = new TokenBucket(RESETS_PER_SECOND, RESET_BURST);

    SegmentOutput(Ipv4Output output, StackCounters counters) {
        this.output = output;
        this.counters = counters;
    }

    /** Largest segment, header and options included, that goes to a destination in one piece. */
    int largestSegmentBytes(int destination, long nowNs) {
        return output.mtuTo(destination, nowNs) - Ipv4Header.MINIMUM_BYTES;
    }

    /** Largest segment for us, without headers (RFC 9293 section 3.7.1, MMS_R; RFC 6691 section 2: options are not counted). */
    int announcedMssBytes(int peer) {
        return output.largestReceived(peer) - Ipv4Header.MINIMUM_BYTES - TcpHeader.MINIMUM_BYTES;
    }

    /**
     * Sends a segment of a connection, with everything that we acknowledge and offer just now.
     *
     * @param flags but for ACK, which is always set
     * @param textBytes from {@code sequence} on, out of the send buffer
     */
    SendOutcome send(TcpConnection c, int sequence, int flags, int textBytes, long nowNs) {
        boolean timestamps = c.timestamps.enabled;
        int blocks = c.reception.sackBlocks(largestSegmentBytes(c.remoteIpv4, nowNs));
        int header = TcpHeader.MINIMUM_BYTES + TcpOptionWriter.bytes(timestamps, blocks);
        int length = header + textBytes;
        SendOutcome outcome = output.begin(IpProtocol.TCP, c.localIpv4, c.remoteIpv4, c.typeOfService, length, nowNs);
        if (outcome != SendOutcome.SENT) {
            return outcome;
        }
        MemorySegment memory = output.memory();
        long at = output.dataOffset();
        int urgent = c.send.urgentPointer(sequence);
        int allFlags = flags | TcpFlags.ACK | (urgent == 0 ? 0 : TcpFlags.URG);
        int window = c.receive.offer(c.reception.roomBytes(), c.reception.worthwhileWindowBytes());
        writeHeader(memory, at, c, sequence, header, allFlags, window, urgent);
        if (header != TcpHeader.MINIMUM_BYTES) {
            long options = at + TcpHeader.MINIMUM_BYTES;
            int clock = c.timestamps.value(nowNs);
            if (blocks != 0) {
                TcpOptionWriter.write(memory, options, timestamps, clock, c.timestamps.recent, c.received);
            } else {
                TcpOptionWriter.writeTimestamps(memory, options, clock, c.timestamps.recent);
            }
        }
        if (textBytes != 0) {
            c.sendBuffer.copyOut(sequence, textBytes, memory, at + header);
        }
        finish(memory, at, length, c.localIpv4, c.remoteIpv4);
        c.onChanged();
        c.onAckSent();
        return SendOutcome.SENT;
    }

    /** What still waits for its next hop's station is not sent: the connection goes on in another stack. */
    void dropWaiting(TcpConnection c) {
        output.dropWaiting(IpProtocol.TCP, c.localIpv4, c.localPort, c.remoteIpv4, c.remotePort);
    }

    /** Sends SYN, or SYN and ACK, with what we offer or, to a SYN, what both can. */
    SendOutcome sendSyn(TcpConnection c, boolean withAck, long nowNs) {
        Offer offer = c.offer;
        int options = TcpOptionWriter.synBytes(offer.windowScale, offer.sack, offer.timestamps);
        int length = TcpHeader.MINIMUM_BYTES + options;
        SendOutcome outcome = output.begin(IpProtocol.TCP, c.localIpv4, c.remoteIpv4, c.typeOfService, length, nowNs);
        if (outcome != SendOutcome.SENT) {
            return outcome;
        }
        MemorySegment memory = output.memory();
        long at = output.dataOffset();
        int flags = TcpFlags.SYN | (withAck ? TcpFlags.ACK : 0);
        int window = c.receive.offerUnscaled(c.reception.roomBytes());
        writeHeader(memory, at, c, c.send.iss, length, flags, window, 0);
        TcpOptionWriter.writeSyn(
                memory,
                at + TcpHeader.MINIMUM_BYTES,
                announcedMssBytes(c.remoteIpv4),
                offer.windowScale,
                offer.sack,
                offer.timestamps,
                c.timestamps.value(nowNs),
                withAck ? c.timestamps.recent : 0);
        finish(memory, at, length, c.localIpv4, c.remoteIpv4);
        return SendOutcome.SENT;
    }

    private static void writeHeader(
            MemorySegment memory,
            long at,
            TcpConnection c,
            int sequence,
            int headerBytes,
            int flags,
            int window,
            int urgent) {
        int ack = (flags & TcpFlags.ACK) != 0 ? c.receive.nxt : 0;
        TcpHeader.write(memory, at, c.localPort, c.remotePort, sequence, ack, headerBytes, flags, window, urgent);
    }

    private void finish(MemorySegment memory, long at, int length, int us, int them) {
        TcpHeader.writeChecksum(memory, at, length, us, them);
        output.finish();
        counters.count(StackCounter.TCP_SEGMENTS_SENT);
    }

    /**
     * Aborts at the peer's (RFC 9293 section 3.10.5): SEQ=SND.NXT, and an ACK, which costs nothing and helps middleboxes; with
     * timestamps, if they were agreed on (RFC 7323 section 3.2).
     */
    void sendReset(TcpConnection c, long nowNs) {
        boolean timestamps = c.timestamps.enabled;
        int length = TcpHeader.MINIMUM_BYTES + TcpOptionWriter.bytes(timestamps, 0);
        if (output.begin(IpProtocol.TCP, c.localIpv4, c.remoteIpv4, c.typeOfService, length, nowNs)
                == SendOutcome.SENT) {
            MemorySegment memory = output.memory();
            long at = output.dataOffset();
            writeHeader(memory, at, c, c.send.max, length, TcpFlags.RST | TcpFlags.ACK, 0, 0);
            if (timestamps) {
                long options = at + TcpHeader.MINIMUM_BYTES;
                TcpOptionWriter.writeTimestamps(memory, options, c.timestamps.value(nowNs), c.timestamps.recent);
            }
            finish(memory, at, length, c.localIpv4, c.remoteIpv4);
            counters.count(StackCounter.TCP_RESETS_SENT);
        }
    }

    /**
     * Answers a segment that nobody wants (RFC 9293 section 3.10.7.1; section 3.5.2 groups 1 and 2), unless it is a reset itself.
     */
    void sendResetFor(Segment s, long nowNs) {
        if (s.has(TcpFlags.RST) || !resets.take(nowNs)) {
            return;
        }
        boolean acknowledged = s.has(TcpFlags.ACK);
        int sequence = acknowledged ? s.ack : 0;
        int ack = acknowledged ? 0 : s.end();
        int flags = TcpFlags.RST | (acknowledged ? 0 : TcpFlags.ACK);
        int length = TcpHeader.MINIMUM_BYTES;
        int us = s.destination;
        int them = s.source;
        if (output.begin(IpProtocol.TCP, us, them, 0, length, nowNs) == SendOutcome.SENT) {
            MemorySegment memory = output.memory();
            long at = output.dataOffset();
            int ourPort = s.header.destinationPort();
            int theirPort = s.header.sourcePort();
            TcpHeader.write(memory, at, ourPort, theirPort, sequence, ack, length, flags, 0, 0);
            finish(memory, at, length, us, them);
            counters.count(StackCounter.TCP_RESETS_SENT);
        }
    }

    /**
     * Answers a SYN without remembering it (RFC 4987 section 3.6). Of the options only what its timestamp can bring back is agreed
     * to.
     *
     * @param clock what our timestamps say now
     */
    void sendCookie(Segment s, int cookie, int windowBytes, TcpConfiguration configuration, int clock, long nowNs) {
        Offer offer = new Offer();
        offer.start(configuration, windowBytes);
        offer.agree(s.options);
        boolean stamped = offer.timestamps;
        int scale = stamped ? offer.windowScale : -1;
        boolean sack = stamped && offer.sack;
        int length = TcpHeader.MINIMUM_BYTES + TcpOptionWriter.synBytes(scale, sack, stamped);
        int us = s.destination;
        int them = s.source;
        if (output.begin(IpProtocol.TCP, us, them, 0, length, nowNs) == SendOutcome.SENT) {
            MemorySegment memory = output.memory();
            long at = output.dataOffset();
            int ourPort = s.header.destinationPort();
            int theirPort = s.header.sourcePort();
            int flags = TcpFlags.SYN | TcpFlags.ACK;
            int window = Math.min(windowBytes, 0xFFFF);
            TcpHeader.write(memory, at, ourPort, theirPort, cookie, s.sequence + 1, length, flags, window, 0);
            int peersScale = scale < 0 ? -1 : s.options.windowScale();
            TcpOptionWriter.writeSyn(
                    memory,
                    at + TcpHeader.MINIMUM_BYTES,
                    announcedMssBytes(them),
                    scale,
                    sack,
                    stamped,
                    SynCookies.encodeTimestamp(clock, peersScale, sack),
                    s.options.timestampValue());
            finish(memory, at, length, us, them);
            counters.count(StackCounter.TCP_SYN_COOKIES_SENT);
        }
    }
}
