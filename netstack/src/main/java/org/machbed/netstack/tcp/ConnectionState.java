package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;

/**
 * A connection's variables in memory, as a migration carries them: all that its stack knows of it, without text. The first of them
 * say which connection it is and how much text belongs to it.
 *
 * <pre>
 *    0  local address   4  remote address   8  local port  12  remote port
 *   16  first octet to send, sequence number              20  octets to send, not acknowledged
 *   24  first octet to read, sequence number              28  octets to read
 *   32  whether a listener made it
 *   33  the connection's parts, each as its own transfer() says
 * </pre>
 *
 * Out-of-order text does not go along: its receiver may take SACKs back (RFC 2018 section 8), and the peer sends it again.
 */
public final class ConnectionState {
    /** All of it. */
    public static final int BYTES = 608;

    private static final int LOCAL_IPV4 = 0;
    private static final int REMOTE_IPV4 = 4;
    private static final int LOCAL_PORT = 8;
    private static final int REMOTE_PORT = 12;
    private static final int SEND_FIRST = 16;
    private static final int SEND_BYTES = 20;
    private static final int READ_FIRST = 24;
    private static final int UNREAD_BYTES = 28;
    private static final int PASSIVE = 32;

    private static final int LARGEST_BUFFER_BYTES = 1 << 30;
    private static final TcpState[] STATES = TcpState.values();
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private ConnectionState() {}

    public static int localIpv4(MemorySegment state, long offset) {
        return state.get(INT, offset + LOCAL_IPV4);
    }

    public static int remoteIpv4(MemorySegment state, long offset) {
        return state.get(INT, offset + REMOTE_IPV4);
    }

    public static int localPort(MemorySegment state, long offset) {
        return state.get(INT, offset + LOCAL_PORT);
    }

    public static int remotePort(MemorySegment state, long offset) {
        return state.get(INT, offset + REMOTE_PORT);
    }

    /** Sequence number of the oldest octet that was given to be sent and is not acknowledged. */
    public static int sendFirst(MemorySegment state, long offset) {
        return state.get(INT, offset + SEND_FIRST);
    }

    /** How many octets were given to be sent and are not acknowledged; may be any number in a state that makes no sense. */
    public static int sendBytes(MemorySegment state, long offset) {
        return state.get(INT, offset + SEND_BYTES);
    }

    /** Sequence number of the oldest octet that came and was not read. */
    public static int readFirst(MemorySegment state, long offset) {
        return state.get(INT, offset + READ_FIRST);
    }

    /** How many octets came in order and were not read; may be any number in a state that makes no sense. */
    public static int unreadBytes(MemorySegment state, long offset) {
        return state.get(INT, offset + UNREAD_BYTES);
    }

    static boolean passive(MemorySegment state, long offset) {
        return state.get(ValueLayout.JAVA_BYTE, offset + PASSIVE) != 0;
    }

    /** To memory or from there. While reading, the connection has the text already. */
    static void transfer(TcpConnection c, StateTransfer t) {
        int end = t.position() + BYTES;
        t.number(c.localIpv4);
        t.number(c.remoteIpv4);
        t.number(c.localPort);
        t.number(c.remotePort);
        t.number(c.sendBuffer.firstSequence());
        t.number(c.sendBuffer.usedBytes());
        t.number(c.received.readSequence());
        t.number(c.received.readableBytes());
        t.flag("a listener's", c.passive);
        c.state = t.constant("the state", c.state, STATES);
        c.receiveClosed = t.flag("a user that is gone", c.receiveClosed);
        c.typeOfService = t.within("IP_TOS", c.typeOfService, 0, 0xFF);
        c.userTimeoutNs = t.within("the user timeout", c.userTimeoutNs, 0, Long.MAX_VALUE / 2);
        c.heardNs = t.past(c.heardNs);
        c.sendBuffer.limitBytes(t.within("SO_SNDBUF", c.sendBuffer.limitBytes(), 0, LARGEST_BUFFER_BYTES));
        c.received.limitBytes(t.within("SO_RCVBUF", c.received.limitBytes(), 0, LARGEST_BUFFER_BYTES));
        transferParts(c, t);
        t.skipTo(end);
    }

    private static void transferParts(TcpConnection c, StateTransfer t) {
        c.send.transfer(t);
        c.receive.transfer(t);
        c.offer.transfer(t);
        c.timestamps.transfer(t);
        c.rtt.transfer(t);
        c.size.transfer(t);
        c.options().transferCongestion(t);
        c.reports.transfer(t);
        c.recovery.transfer(t);
        c.transmission.transfer(t);
        c.retransmission.transfer(t);
        c.persist.transfer(t);
        c.delayedAck.transfer(t);
        c.keepAlive.transfer(t);
        c.linger.transfer(t);
        c.reception.transfer(t);
    }

    /** What no part can say alone. */
    static void check(TcpConnection c) {
        require(c.state.isSynchronized(), "the state is " + c.state + ", which does not migrate");
        int fin = c.state.finQueued() ? 1 : 0;
        int end = c.sendBuffer.endSequence();
        int sent = c.send.una - c.sendBuffer.firstSequence();
        require(
                sent == 0 || (sent == fin && c.sendBuffer.usedBytes() == 0),
                "SND.UNA is " + sent + " octets behind the first that is to be sent");
        require(end + fin - c.send.max >= 0, "SND.MAX is behind what is to be sent");
        require(
                c.state.transmits() || c.send.una == c.send.max,
                "something is on its way in " + c.state + ", in which all has arrived");
        int received = c.receive.nxt - c.received.nextSequence();
        require(received == (c.state.finReceived() ? 1 : 0), "RCV.NXT is " + received + " octets behind what came");
        require(c.receive.windowBytes() + c.received.readableBytes() >= 0, "the window and what it took are too large");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new StateException(otherwise);
        }
    }
}
