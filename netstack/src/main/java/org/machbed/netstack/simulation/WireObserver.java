package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.tcp.SequenceNumber;
import org.machbed.netstack.tcp.TcpFlags;
import org.machbed.netstack.tcp.TcpHeader;
import org.machbed.netstack.tcp.TcpOptions;

/**
 * Reads every segment as it is sent and as it arrives, and holds it against what a sender may say: of its own stream, of the
 * window that it was offered, and of what the other end sent.
 */
final class WireObserver {
    /** MSS of who does not say (RFC 9293 section 3.7.1, MUST-15), and the least that is believed. */
    private static final int LEAST_MSS_BYTES = 48;

    private static final int HEADERS_BYTES = Ipv4Header.MINIMUM_BYTES + TcpHeader.MINIMUM_BYTES;
    private static final int KNOWN_FLAGS = 0x3F;

    private final World world;
    private final Map<Long, Direction> directions = new HashMap<>();
    private final EthernetHeader frame = new EthernetHeader();
    private final Ipv4Header packet = new Ipv4Header();
    private final TcpHeader segment = new TcpHeader();
    private final TcpOptions options = new TcpOptions(new StackCounters());

    WireObserver(World world) {
        this.world = world;
    }

    int wraps() {
        return directions.values().stream().mapToInt(Direction::wraps).sum();
    }

    /** A host sends a frame. */
    void onSent(int host, MemorySegment memory, int length) {
        if (!parse(memory, length)) {
            return;
        }
        check(packet.totalBytes() <= world.host(host).plan.mtuBytes(), "a packet longer than the link takes");
        check(
                TcpHeader.hasValidChecksum(
                        packet.memory(),
                        packet.dataOffset(),
                        packet.dataBytes(),
                        packet.source(),
                        packet.destination()),
                "a segment with a wrong checksum");
        checkFlags();
        int peer = world.hostAt(packet.destination());
        Direction forth = direction(host, segment.sourcePort(), peer, segment.destinationPort());
        Direction back = direction(peer, segment.destinationPort(), host, segment.sourcePort());
        if (segment.isRst()) {
            checkReset(host, forth, back);
            return;
        }
        options.parse(segment);
        Incarnation sender = segment.isSyn() ? syn(forth, host, peer) : forth.find(segment.sequence());
        if (sender == null && mayHaveSentUnseen(host)) {
            sender = forth.latestThatHas(segment.sequence());
            if (sender == null && (world.hasFullLinks() || forth.isEmpty())) {
                return; // nobody saw its SYN
            }
        }
        if (sender == null) {
            throw violation("a sequence number beyond what was sent");
        }
        checkStream(sender);
        checkSize(peer);
        if (segment.isAck()) {
            Incarnation other = back.find(segment.acknowledgement());
            if (other == null || segment.acknowledgement() == other.iss) {
                throw violation("an acknowledgment of what was not sent");
            }
            sender.acknowledges(segment.acknowledgement());
            checkWindow(sender, other);
            checkOptions(sender, other);
        }
        if (!segment.isSyn() && segment.segmentLength() > 0) {
            checkRoom(sender);
        }
        sender.sentUpTo(segment.endSequence());
    }

    /** Whether it has sent segments, SYN or FIN among them, that found no room on its link or no neighbour. */
    private boolean mayHaveSentUnseen(int host) {
        return world.hasFullLinks() || world.host(host).hasDroppedUnsent();
    }

    /** A frame, undamaged, arrives at a host. */
    void onArrived(int host, MemorySegment memory, int length) {
        if (!parse(memory, length) || !segment.isAck()) {
            return;
        }
        int peer = world.hostAt(packet.source());
        Direction forth = direction(peer, segment.sourcePort(), host, segment.destinationPort());
        Incarnation other = forth.find(segment.sequence());
        Incarnation here = direction(host, segment.destinationPort(), peer, segment.sourcePort())
                .find(segment.acknowledgement());
        if (segment.isRst()) {
            // Sent when nobody was there yet, with the number 0 (RFC 9293 section 3.10.7.1): a later connection
            // believes it while 0 is the number that it waits for.
            boolean old = segment.sequence() == 0 && other != null;
            if (old && here != null && here.iss + 1 == segment.acknowledgement() && here.mayWaitFor(0)) {
                here.endpoint.onOldReset();
            }
            return;
        }
        forth.arrived(segment.acknowledgement());
        if (other != null && here != null) {
            int shift = segment.isSyn() ? 0 : other.shiftTo(here);
            here.offered(segment.acknowledgement() + (segment.window() << shift));
        }
    }

    private boolean parse(MemorySegment memory, int length) {
        if (frame.wrap(memory, 0, length) != null || frame.type() != EtherType.IPV4) {
            return false;
        }
        int data = length - EthernetHeader.LENGTH_BYTES;
        check(packet.wrap(memory, EthernetHeader.LENGTH_BYTES, data) == null, "a malformed packet");
        if (packet.protocol() != IpProtocol.TCP || packet.isFragment()) {
            return false;
        }
        check(segment.wrap(packet.memory(), packet.dataOffset(), packet.dataBytes()) == null, "a malformed segment");
        return true;
    }

    private Direction direction(int from, int fromPort, int to, int toPort) {
        long key = (long) from << 40 | (long) to << 32 | (long) fromPort << 16 | toPort;
        return directions.computeIfAbsent(key, _ -> new Direction());
    }

    private Incarnation syn(Direction forth, int host, int peer) {
        check(segment.dataBytes() == 0, "text in a SYN");
        Endpoint endpoint = world.conversations().endpoint(host, segment.sourcePort(), peer, segment.destinationPort());
        if (endpoint == null) {
            throw violation("a SYN that nobody asked for");
        }
        Incarnation sender = forth.withSyn(segment.sequence(), endpoint);
        sender.windowScale = options.windowScale();
        sender.sackPermitted = options.sackPermitted();
        sender.timestamps = options.timestamps();
        check(options.mssBytes() == world.host(host).plan.mtuBytes() - HEADERS_BYTES, "a wrong MSS");
        return sender;
    }

    private void checkFlags() {
        int flags = segment.flags();
        boolean syn = segment.isSyn();
        boolean legal = (flags & ~KNOWN_FLAGS) == 0
                && !(syn && segment.has(TcpFlags.FIN))
                && !(syn && segment.isRst())
                && !(segment.isRst() && segment.isFin())
                && (syn || segment.isRst() || segment.isAck())
                && (segment.has(TcpFlags.URG) == (segment.urgentPointer() != 0));
        check(legal, "impossible flags");
    }

    /**
     * A reset is one that the peer believes: SEQ=SND.NXT where a connection is aborted (RFC 9293 section 3.10.5); else what the
     * segment acknowledged that it answers, or number 0 and an acknowledgment of all of it when it acknowledged nothing (section
     * 3.5.2), as a SYN does.
     */
    private void checkReset(int host, Direction forth, Direction back) {
        int sequence = segment.sequence();
        if (segment.isAck()) {
            boolean aborts = forth.isNext(sequence) && back.find(segment.acknowledgement()) != null;
            boolean answersSyn = sequence == 0 && back.hasIss(segment.acknowledgement() - 1);
            // Of the unseen even the SYN-ACK may be, where the half-open connection is aborted.
            boolean ofUnseen = world.hasFullLinks()
                    || (mayHaveSentUnseen(host)
                            && (forth.latestThatHas(sequence) != null || back.hasIss(segment.acknowledgement() - 1)));
            check(aborts || answersSyn || ofUnseen, "a reset that the peer does not believe");
        } else {
            check(back.hasAcknowledged(sequence), "a reset that answers nothing");
        }
    }

    /** Text is what the application gave, wherever and however often it is sent, and nothing follows FIN. */
    private void checkStream(Incarnation sender) {
        OneWayStream stream = sender.endpoint.outgoing();
        int bytes = segment.dataBytes();
        if (bytes > 0) {
            int offset = sender.offsetOf(segment.sequence());
            check(offset >= 0 && offset + bytes <= stream.givenBytes(), "text that nobody gave");
            long wrong = stream.mismatch(offset, segment.memory(), segment.dataOffset(), bytes);
            check(wrong < 0, "text other than was given");
        }
        int end = segment.sequence() + bytes;
        if (segment.isFin()) {
            check(
                    !sender.finSent || sender.fin == end || sender.endpoint.mayHaunt(),
                    "FIN at another place than before");
            check(stream.everEnded(), "FIN that nobody asked for");
            sender.finSent = true;
            sender.fin = end;
        }
        check(!sender.finSent || SequenceNumber.lessOrEqual(end, sender.fin + 1), "text behind FIN");
        check(bytes == 0 || !sender.finSent || SequenceNumber.lessOrEqual(end, sender.fin), "text behind FIN");
    }

    /** RFC 9293 section 3.7.1 (MUST-16), RFC 6691: text and options together fit into the peer's MSS. */
    private void checkSize(int peer) {
        int mss = Math.max(LEAST_MSS_BYTES, world.host(peer).plan.mtuBytes() - HEADERS_BYTES);
        int bytes = segment.dataBytes() + segment.optionsBytes();
        check(segment.dataBytes() <= 1 || bytes <= mss, "a segment longer than the peer takes");
    }

    /** RFC 9293 section 3.8.6 (SHLD-14): a window is not taken back. */
    private void checkWindow(Incarnation sender, Incarnation other) {
        int shift = segment.isSyn() ? 0 : sender.shiftTo(other);
        int edge = segment.acknowledgement() + (segment.window() << shift);
        boolean back = sender.announced && SequenceNumber.lessThan(edge, sender.announcedEdge);
        if (back && segment.isSyn()) {
            return; // its field, never scaled, cannot say all that was offered (RFC 7323 section 2.2)
        }
        check(!back || sender.endpoint.mayHaunt(), "a window taken back");
        sender.announced = true;
        sender.announcedEdge = edge;
    }

    private void checkOptions(Incarnation sender, Incarnation other) {
        if (!segment.isSyn()) {
            check(options.timestamps() == (sender.timestamps && other.timestamps), "timestamps not as agreed");
            boolean agreed = sender.sackPermitted && other.sackPermitted;
            // A cookie's SYN is forgotten, and an old timestamp may say otherwise of it; not of what the host offers.
            boolean forgotten = sender.endpoint.mayHaunt() && sender.endpoint.offersSack();
            check(options.sackBlocks() == 0 || agreed || forgotten, "SACK not agreed to");
        }
        if (options.timestamps()) {
            boolean forth = !sender.stamped || SequenceNumber.greaterOrEqual(options.timestampValue(), sender.stamp);
            check(forth || sender.endpoint.mayHaunt(), "a timestamp that goes back");
            sender.stamped = true;
            sender.stamp = options.timestampValue();
        }
        for (int i = 0; i < options.sackBlocks(); i++) {
            int left = options.sackLeft(i);
            int right = options.sackRight(i);
            boolean isDuplicateReport = i == 0; // RFC 2883
            check(
                    SequenceNumber.lessThan(left, right)
                            && other.began(left)
                            && other.began(right)
                            && (isDuplicateReport || SequenceNumber.greaterThan(left, segment.acknowledgement())),
                    "an impossible SACK block");
        }
    }

    /** RFC 9293 section 3.8.6: nothing beyond the window, but for one number that probes it. */
    private void checkRoom(Incarnation sender) {
        check(sender.offered, "text before any window was offered");
        boolean fits = SequenceNumber.lessOrEqual(segment.endSequence(), sender.offeredEdge + 1);
        boolean probe =
                segment.segmentLength() == 1 || SequenceNumber.lessOrEqual(segment.endSequence(), sender.offeredEdge);
        check(fits && probe, "text beyond the window");
    }

    private void check(boolean holds, String otherwise) {
        if (!holds) {
            throw violation(otherwise);
        }
    }

    private Violation violation(@Nullable String what) {
        return new Violation(what + ": " + packet + " " + segment);
    }
}
