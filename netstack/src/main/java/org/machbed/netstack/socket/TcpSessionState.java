package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.tcp.ConnectionState;

/**
 * A TCP connection and its socket as a value: taken out of one stack by {@link TcpSocket#exportSession}, to be put into another one
 * by {@link TcpSocket#importSession}. It has a part of fixed size, the variables, and the text both ways: what was given to be sent
 * and is not acknowledged, and what came in order and was not read. Out-of-order text and what is known of it stay behind; SACKs
 * are advice, which either side may forget (RFC 2018 section 8).
 *
 * <pre>
 *    0  version          4  length of all
 *    8  variables: {@link ConnectionState}, options and situation of the socket
 *       text to send
 *       text to read
 * </pre>
 */
public final class TcpSessionState {
    /** The part of fixed size. */
    public static final int VARIABLES_BYTES = ConnectionState.BYTES + TcpSocket.STATE_BYTES;

    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment variables;
    private final MemorySegment sent;
    private final MemorySegment unread;

    TcpSessionState(MemorySegment variables, MemorySegment sent, MemorySegment unread) {
        this.variables = variables;
        this.sent = sent;
        this.unread = unread;
    }

    /**
     * A session whose variables and text lie apart, such as in a record and in rings; all are copied.
     *
     * @param variables {@link #VARIABLES_BYTES}
     * @throws StateException when the lengths are not those that the variables say
     */
    public static TcpSessionState of(MemorySegment variables, MemorySegment sent, MemorySegment unread) {
        require(variables.byteSize() == VARIABLES_BYTES, "the variables have " + variables.byteSize() + " bytes");
        TcpSessionState state = new TcpSessionState(copy(variables), copy(sent), copy(unread));
        require(
                sent.byteSize() == ConnectionState.sendBytes(variables, 0)
                        && unread.byteSize() == ConnectionState.unreadBytes(variables, 0),
                "the text is of another length than the variables say");
        state.check();
        return state;
    }

    private void check() {
        try {
            template();
        } catch (IllegalArgumentException e) {
            throw new StateException("it is no session: " + e.getMessage());
        }
        require(!template().isWithAny(), "it is no session: it has no peer");
    }

    private static MemorySegment copy(MemorySegment from) {
        return MemorySegment.ofArray(from.toArray(ValueLayout.JAVA_BYTE));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new StateException(otherwise);
        }
    }

    MemorySegment variables() {
        return variables;
    }

    MemorySegment sent() {
        return sent;
    }

    MemorySegment unread() {
        return unread;
    }

    public int localIpv4() {
        return ConnectionState.localIpv4(variables, 0);
    }

    public int localPort() {
        return ConnectionState.localPort(variables, 0);
    }

    public int remoteIpv4() {
        return ConnectionState.remoteIpv4(variables, 0);
    }

    public int remotePort() {
        return ConnectionState.remotePort(variables, 0);
    }

    /** Whose frames are this session's. */
    public SessionTemplate template() {
        return new SessionTemplate(IpProtocol.TCP, localIpv4(), localPort(), remoteIpv4(), remotePort());
    }

    /** What was given to be sent and is not acknowledged. */
    public int sentBytes() {
        return (int) sent.byteSize();
    }

    /** What came and was not read. */
    public int unreadBytes() {
        return (int) unread.byteSize();
    }

    /** What {@link #encode} takes. */
    public int encodedBytes() {
        return HEADER_BYTES + VARIABLES_BYTES + sentBytes() + unreadBytes();
    }

    /** Writes it. */
    public void encode(MemorySegment to, long offset) {
        to.set(INT, offset, VERSION);
        to.set(INT, offset + 4, encodedBytes());
        long at = offset + HEADER_BYTES;
        MemorySegment.copy(variables, 0, to, at, VARIABLES_BYTES);
        at += VARIABLES_BYTES;
        MemorySegment.copy(sent, 0, to, at, sentBytes());
        MemorySegment.copy(unread, 0, to, at + sentBytes(), unreadBytes());
    }

    /**
     * Reads one; what the variables say is checked when it is put into a stack.
     *
     * @throws StateException when it is of another version, or of another length than it says
     */
    public static TcpSessionState decode(MemorySegment from, long offset, long lengthBytes) {
        require(
                lengthBytes >= HEADER_BYTES + VARIABLES_BYTES,
                "a session's state of " + lengthBytes + " bytes is too short");
        int version = from.get(INT, offset);
        require(version == VERSION, "a session's state of version " + version + ", where " + VERSION + " is known");
        int length = from.get(INT, offset + 4);
        require(length == lengthBytes, "a session's state of " + lengthBytes + " bytes that says it has " + length);
        MemorySegment variables = from.asSlice(offset + HEADER_BYTES, VARIABLES_BYTES);
        int sentBytes = ConnectionState.sendBytes(variables, 0);
        int unreadBytes = ConnectionState.unreadBytes(variables, 0);
        require(
                sentBytes >= 0
                        && unreadBytes >= 0
                        && HEADER_BYTES + VARIABLES_BYTES + (long) sentBytes + unreadBytes == lengthBytes,
                "a session's state of " + lengthBytes + " bytes with text of " + sentBytes + " and " + unreadBytes);
        long text = offset + HEADER_BYTES + VARIABLES_BYTES;
        return of(variables, from.asSlice(text, sentBytes), from.asSlice(text + sentBytes, unreadBytes));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TcpSessionState state
                && variables.mismatch(state.variables) < 0
                && sent.mismatch(state.sent) < 0
                && unread.mismatch(state.unread) < 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(variables.toArray(ValueLayout.JAVA_BYTE));
    }

    @Override
    public String toString() {
        return "TCP " + Ipv4Address.format(localIpv4()) + ":" + localPort() + " with "
                + Ipv4Address.format(remoteIpv4()) + ":" + remotePort() + ", " + sentBytes() + " to send, "
                + unreadBytes() + " to read";
    }
}
