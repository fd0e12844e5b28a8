package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.state.StateException;

/**
 * A bound UDP socket as a value: addresses, options and the pending error, and the datagrams that are queued, with their senders, in
 * order. Taken out of one stack by {@link UdpSocket#exportSession}, put into another one by {@link UdpSocket#importSession}.
 *
 * <pre>
 *    0  version          4  length of all
 *    8  variables
 *   72  datagrams, each its {@link DatagramHeader} and its octets, on 8 octets
 * </pre>
 */
public final class UdpSessionState {
    /** The part of fixed size. */
    public static final int VARIABLES_BYTES = 64;

    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 8;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment variables;
    private final MemorySegment datagrams;

    UdpSessionState(MemorySegment variables, MemorySegment datagrams) {
        this.variables = variables;
        this.datagrams = datagrams;
    }

    MemorySegment variables() {
        return variables;
    }

    MemorySegment datagrams() {
        return datagrams;
    }

    /** 0 for any. */
    public int localIpv4() {
        return variables.get(INT, 0);
    }

    public int localPort() {
        return variables.get(INT, 4);
    }

    /** 0 where it has no peer. */
    public int remoteIpv4() {
        return variables.get(INT, 8);
    }

    /** 0 where it has no peer. */
    public int remotePort() {
        return variables.get(INT, 12);
    }

    /**
     * Whose frames are this session's.
     *
     * @param ownIpv4 the host's address, for a socket that is bound to any
     */
    public SessionTemplate template(int ownIpv4) {
        int local = localIpv4() == 0 ? ownIpv4 : localIpv4();
        return new SessionTemplate(IpProtocol.UDP, local, localPort(), remoteIpv4(), remotePort());
    }

    /** What {@link #encode} takes. */
    public int encodedBytes() {
        return HEADER_BYTES + VARIABLES_BYTES + (int) datagrams.byteSize();
    }

    /** Writes it. */
    public void encode(MemorySegment to, long offset) {
        to.set(INT, offset, VERSION);
        to.set(INT, offset + 4, encodedBytes());
        MemorySegment.copy(variables, 0, to, offset + HEADER_BYTES, VARIABLES_BYTES);
        MemorySegment.copy(datagrams, 0, to, offset + HEADER_BYTES + VARIABLES_BYTES, datagrams.byteSize());
    }

    /**
     * Reads one; what the variables say is checked when it is put into a stack.
     *
     * @throws StateException when it is of another version, or of another length than it says
     */
    public static UdpSessionState decode(MemorySegment from, long offset, long lengthBytes) {
        if (lengthBytes < HEADER_BYTES + VARIABLES_BYTES
                || from.get(INT, offset) != VERSION
                || from.get(INT, offset + 4) != lengthBytes) {
            throw new StateException(
                    "no datagram socket's state of version " + VERSION + " and " + lengthBytes + " bytes");
        }
        byte[] bytes =
                from.asSlice(offset + HEADER_BYTES, lengthBytes - HEADER_BYTES).toArray(ValueLayout.JAVA_BYTE);
        MemorySegment all = MemorySegment.ofArray(bytes);
        return new UdpSessionState(all.asSlice(0, VARIABLES_BYTES), all.asSlice(VARIABLES_BYTES));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UdpSessionState state
                && variables.mismatch(state.variables) < 0
                && datagrams.mismatch(state.datagrams) < 0;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(variables.toArray(ValueLayout.JAVA_BYTE));
    }
}
