package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.state.StateTransfer;

/**
 * The receiving side of a connection: text that comes is put together, its user takes it by the call RECEIVE (RFC 9293 section
 * 3.10.3), and the peer is told of the room that there is then.
 */
final class Reception {
    private final TcpConnection c;

    /** Whether what comes is to be thrown away in silence. */
    private boolean discarding;

    Reception(TcpConnection connection) {
        this.c = connection;
    }

    /** The text of a segment goes to where its sequence number says, as far as there is room. */
    void store(Segment s, long nowNs) {
        int advanced = c.received.insert(s.sequence, s.memory, s.textOffset, s.textBytes);
        if (advanced == ReceiveReassembly.REFUSED) {
            c.count(StackCounter.DROP_TCP_MEMORY_FULL);
        }
        c.receive.nxt = c.received.nextSequence();
        if (discarding) {
            consumeAll();
        }
        c.idleBuffers.onUsed(nowNs);
    }

    private void consumeAll() {
        c.received.consume(c.received.readableBytes());
        c.receive.onRead(c.received.readSequence());
        c.received.leaveLoan();
    }

    /** The peer has urgent data up to {@code end}. */
    void urgent(int end) {
        if (c.receive.urgent(end)) {
            c.raise(PendingEvents.URGENT);
        }
    }

    int receive(MemorySegment memory, long offset, int roomBytes, long nowNs) {
        int bytes = c.received.read(memory, offset, roomBytes);
        if (bytes > 0) {
            c.onChanged();
            c.idleBuffers.onUsed(nowNs);
            c.receive.onRead(c.received.readSequence());
            offerMoreWindow(nowNs);
        }
        return bytes;
    }

    /** Lends what has come, in one piece; answers how much. */
    int lend(int mostBytes, long nowNs) {
        int bytes = c.received.lend(mostBytes);
        if (bytes > 0) {
            c.onChanged();
            c.idleBuffers.onUsed(nowNs);
            c.receive.onRead(c.received.readSequence());
        }
        return bytes;
    }

    /** What was lent is back, and the peer is told of the room. */
    void endLoan(long nowNs) {
        c.received.endLoan();
        if (c.away) {
            return;
        }
        c.onChanged();
        c.idleBuffers.onUsed(nowNs);
        offerMoreWindow(nowNs);
    }

    /** What is there and what comes is acknowledged and thrown away. */
    void discard(long nowNs) {
        discarding = true;
        c.onChanged();
        consumeAll();
        c.idleBuffers.onUsed(nowNs);
        offerMoreWindow(nowNs);
    }

    /** A smaller buffer takes nothing back that was offered. */
    void limitBytes(int bytes, long nowNs) {
        c.received.limitBytes(Math.max(bytes, c.receive.windowBytes() + c.received.occupiedBytes()));
        offerMoreWindow(nowNs);
    }

    /** Tells the peer of room that is worth telling: a quarter of the buffer, or a segment where there was none. */
    private void offerMoreWindow(long nowNs) {
        if (!c.state.receivesText()) {
            return;
        }
        boolean closed = c.receive.windowBytes() < worthwhileWindowBytes();
        int worthwhile =
                closed ? worthwhileWindowBytes() : Math.max(worthwhileWindowBytes(), c.received.limitBytes() / 4);
        if (c.receive.wouldGrow(roomBytes(), worthwhile)) {
            c.transmission.acknowledge(nowNs);
        }
    }

    /** Whether something is there that its user wanted and did not take. */
    boolean hasUnread() {
        return c.received.readableBytes() != 0 && !discarding;
    }

    /** Whether nothing is left to take and nothing will come. */
    boolean atEndOfStream() {
        boolean ended = c.state.finReceived() || c.state == TcpState.CLOSED || discarding;
        return c.received.readableBytes() == 0 && ended;
    }

    /** What there is room for behind RCV.NXT. */
    int roomBytes() {
        return c.received.windowBytes();
    }

    /** What the window grows by at least: a segment or half of the buffer (RFC 9293 section 3.8.6.2.2). */
    int worthwhileWindowBytes() {
        return Math.min(c.layer.output.announcedMssBytes(c.remoteIpv4), c.received.limitBytes() / 2);
    }

    /** How many SACK blocks there are to report; none where the path has no room for a full header. */
    int sackBlocks(int largestSegmentBytes) {
        boolean room = c.offer.sack && largestSegmentBytes > TcpHeader.MAXIMUM_BYTES;
        return room ? c.received.sackBlocks() : 0;
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        discarding = t.flag("a closed read side", discarding);
    }
}
