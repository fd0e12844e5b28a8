package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.state.StateException;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.ConnectionState;
import org.machbed.netstack.tcp.TcpConnection;

/**
 * Records of connections in memory that outlives the process whose stack has them: variables, and where their rings lie in a
 * {@link RingArena} beside. A slot has room for two turns and a word that says which of them holds. The stack writes the other turn and
 * then names it in the word, so that whenever the writer is killed the turn that the word names is whole. The word says too whether
 * somebody has taken the session: both change it in one step, so that what the taker reads is what the stack has committed, and a
 * commit fails from then on.
 *
 * <pre>
 *   slot   0  word: twice the number of the turn that holds, and 1 when the session is taken; an odd number lies in turn 1
 *         64  turn 0                           turn 1
 *   turn   0  {@link #NONE}, {@link #HERE} or {@link #OVER}   16  send ring: offset, size   32  receive ring: offset, size
 *         48  {@link TcpSessionState} variables
 * </pre>
 *
 * <p>An older record is still good while its stack has gone on, but said nothing yet. The octets of a send ring are written over
 * only when the peer has acknowledged them; what of them the older record would send again the peer has, and takes no notice of. A
 * ring that grew leaves its old memory as it was until the new record is written ({@link RingArena#settle}).
 *
 * <p>Whoever takes a session does not trust the stack: the word and the turns may be anything at any time.
 */
public final class SessionRecords {
    /** Twice what a socket's buffer can be asked to hold. */
    static final int MOST_TEXT_BYTES = 8 << 20;

    private static final int FIRST_TURN = 64;
    private static final int SEND_RING = 16;
    private static final int RECEIVE_RING = 32;
    private static final int VARIABLES = 48;
    private static final int TURN_BYTES = (VARIABLES + TcpSessionState.VARIABLES_BYTES + 63) & -64;
    private static final int SLOT_BYTES = FIRST_TURN + 2 * TURN_BYTES;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private static final long TAKEN = 1;
    private static final long NEXT = 2;

    /** Of a turn: the session has not been here yet. */
    private static final long NONE = 0;

    /** The session is here, as the turn says. */
    private static final long HERE = 1;

    /** The session is over. */
    private static final long OVER = 2;

    private final MemorySegment memory;
    private final int slots;

    /**
     * Views records, or room for them, which at first is all 0.
     *
     * @param memory of {@link #bytes} bytes at least, at a multiple of 8
     */
    public SessionRecords(MemorySegment memory, int slots) {
        if (memory.byteSize() < bytes(slots)) {
            throw new IllegalArgumentException(
                    slots + " records take " + bytes(slots) + " bytes, of which there are " + memory.byteSize());
        }
        this.memory = memory;
        this.slots = slots;
    }

    /** What so many records take. */
    public static long bytes(int slots) {
        return (long) slots * SLOT_BYTES;
    }

    public int slots() {
        return slots;
    }

    private long at(int slot) {
        if (slot < 0 || slot >= slots) {
            throw new IndexOutOfBoundsException("slot " + slot + " of " + slots);
        }
        return (long) slot * SLOT_BYTES;
    }

    private static long turn(long slotAt, long word) {
        return slotAt + FIRST_TURN + (word >> 1 & 1) * TURN_BYTES;
    }

    // ---- The stack's side

    /** A slot gets another session, which has no record yet; it is not taken. The stack's alone until the session is asked for. */
    void begin(int slot) {
        long at = at(slot);
        long word = ((long) WORD.getVolatile(memory, at) & ~TAKEN) + NEXT;
        memory.set(LONG, turn(at, word), NONE);
        WORD.setVolatile(memory, at, word);
    }

    /** Whether somebody has taken the session: what its stack still does with it is in vain. */
    public boolean isTaken(int slot) {
        return ((long) WORD.getVolatile(memory, at(slot)) & TAKEN) != 0;
    }

    /**
     * Records what a connection is now.
     *
     * @return {@code false} when the session has been taken, as what it was at the last record
     */
    boolean write(int slot, TcpConnection c, TcpSocket socket, StateTransfer transfer, RingArena rings, long nowNs) {
        long slotAt = at(slot);
        long word = (long) WORD.get(memory, slotAt);
        long at = turn(slotAt, word + NEXT);
        memory.set(LONG, at, HERE);
        writeRing(at + SEND_RING, c.sendRing(), rings);
        writeRing(at + RECEIVE_RING, c.receiveRing(), rings);
        transfer.write(nowNs);
        c.writeState(transfer);
        socket.transfer(transfer);
        transfer.copyTo(memory, at + VARIABLES);
        return commit(slotAt, word);
    }

    /** In one step: the turn beside the one that {@code word} names holds from now on, unless the session is taken. */
    private boolean commit(long slotAt, long word) {
        return (word & TAKEN) == 0 && WORD.compareAndSet(memory, slotAt, word, word + NEXT);
    }

    /** Records that the connection is over; as {@link #write}. */
    boolean end(int slot) {
        long slotAt = at(slot);
        long word = (long) WORD.get(memory, slotAt);
        memory.set(LONG, turn(slotAt, word + NEXT), OVER);
        return commit(slotAt, word);
    }

    private void writeRing(long at, MemorySegment ring, RingArena rings) {
        long bytes = ring.byteSize();
        memory.set(LONG, at, bytes == 0 ? 0 : rings.offsetOf(ring));
        memory.set(LONG, at + 8, bytes);
    }

    // ---- The side of who takes over

    /**
     * What was found of a session.
     *
     * @param isOver whether its stack has recorded that it is over
     * @param state {@code null} when it is over, or was not recorded yet
     */
    public record Found(boolean isOver, @Nullable TcpSessionState state) {}

    /**
     * Takes the session of a slot: no commit of its stack succeeds any more.
     *
     * @param rings what the writer's {@link RingArena} was made of
     * @return the session as its stack has committed it last
     * @throws StateException when what is there makes no sense; it is taken nevertheless
     */
    public Found take(int slot, MemorySegment rings) {
        long slotAt = at(slot);
        return read(slotAt, (long) WORD.getAndBitwiseOr(memory, slotAt, TAKEN), rings);
    }

    /** The same of a session that its stack keeps, which may write at the same time: then it makes sense by chance only. */
    public Found look(int slot, MemorySegment rings) {
        long slotAt = at(slot);
        return read(slotAt, (long) WORD.getVolatile(memory, slotAt), rings);
    }

    /** Whether the stack has recorded anything of the session. */
    public boolean isRecorded(int slot) {
        long slotAt = at(slot);
        return memory.get(LONG, turn(slotAt, (long) WORD.getVolatile(memory, slotAt))) != NONE;
    }

    private Found read(long slotAt, long word, MemorySegment rings) {
        long at = turn(slotAt, word);
        long what = memory.get(LONG, at);
        return what == HERE ? new Found(false, state(at, rings)) : new Found(what == OVER, null);
    }

    private TcpSessionState state(long at, MemorySegment rings) {
        // A copy, which the writer cannot change between two looks.
        byte[] copy = new byte[TcpSessionState.VARIABLES_BYTES];
        MemorySegment variables = MemorySegment.ofArray(copy);
        MemorySegment.copy(memory, at + VARIABLES, variables, 0, copy.length);
        MemorySegment sent = text(
                rings,
                memory.get(LONG, at + SEND_RING),
                memory.get(LONG, at + SEND_RING + 8),
                ConnectionState.sendFirst(variables, 0),
                ConnectionState.sendBytes(variables, 0));
        MemorySegment unread = text(
                rings,
                memory.get(LONG, at + RECEIVE_RING),
                memory.get(LONG, at + RECEIVE_RING + 8),
                ConnectionState.readFirst(variables, 0),
                ConnectionState.unreadBytes(variables, 0));
        return TcpSessionState.of(variables, sent, unread);
    }

    /** A copy of the octets of a ring, as far as its writer, who may be a rogue, says what a connection can have. */
    static MemorySegment text(MemorySegment rings, long offset, long size, int first, int bytes) {
        boolean possible = offset >= 0
                && size >= 0
                && size <= rings.byteSize()
                && offset <= rings.byteSize() - size
                && (size & size - 1) == 0
                && bytes >= 0
                && bytes <= Math.min(size, MOST_TEXT_BYTES);
        if (!possible) {
            throw new StateException("a record's ring of " + size + " bytes at " + offset + " with " + bytes
                    + " octets, " + MOST_TEXT_BYTES + " at most, does not lie in " + rings.byteSize() + " bytes");
        }
        MemorySegment text = MemorySegment.ofArray(new byte[bytes]);
        if (bytes > 0) {
            long from = first & (size - 1);
            long run = Math.min(bytes, size - from);
            MemorySegment.copy(rings, offset + from, text, 0, run);
            MemorySegment.copy(rings, offset, text, run, bytes - run);
        }
        return text;
    }
}
