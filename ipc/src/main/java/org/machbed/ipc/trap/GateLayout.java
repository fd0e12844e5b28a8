package org.machbed.ipc.trap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.ipc.doorbell.Doorbell;

/**
 * Where things lie in a call gate's memory:
 *
 * <pre>
 *     0  magic, slots with data, their data  | written once, before the gate has its name
 *        bytes, bare slots                   |
 *    64  kernel state, kernel pid            | kernel
 *   128  doorbell of the kernel              | callers ring, kernel awaits
 *   192  "a slot was freed" word (futex)     | bit 0: somebody waits; the rest counts
 *   320  pids of the callers (256 longs)     | 0: the caller's number is free
 *  2432  ready bits, one a slot (64 longs)   | callers set, kernel clears
 *  4096  slot headers, 64 bytes each
 *     ?  data areas, from the next page
 * </pre>
 *
 * The slots with data come first, then the bare ones, which have a header only. A slot's header is one cache line: state word (futex), trap number, six arguments, result. The state word tells also
 * whose the slot is, so that one compare-and-set claims it and there is no moment at which it is nobody's:
 *
 * <pre>
 *  31            16 15                4    3     2          0
 * +----------------+-------------------+---------+------------+
 * | caller, 1..255 |         0         | waiting |   state    |
 * +----------------+-------------------+---------+------------+
 * </pre>
 */
final class GateLayout {
    static final int MAX_DATA_SLOTS = 256;

    /** Of both kinds together. */
    static final int MAX_SLOTS = 4096;

    static final int MAX_CALLERS = 255;
    static final int MAX_DATA_BYTES = 1 << 20;

    static final long KERNEL_STATE = 64;
    static final long KERNEL_PID = 72;
    static final long DOORBELL = 128;
    static final long FREED = 192;
    static final long READY = 2432;

    static final int KERNEL_ABSENT = 0;
    static final int KERNEL_SERVING = 1;
    static final int KERNEL_CLOSED = 2;

    static final int SLOT_FREE = 0;
    static final int SLOT_CLAIMED = 1;
    static final int SLOT_REQUESTED = 2;
    static final int SLOT_DONE = 3;
    static final int SLOT_WAITING = 8;

    static final int NUMBER = 4;
    static final int ARGUMENTS = 8;
    static final int RESULT = 56;

    static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private static final long MAGIC = 0x4d42_4741_5445_3032L;
    private static final long CALLERS = 320;
    private static final long SLOTS = 4096;
    private static final int SLOT_BYTES = 64;
    private static final long PAGE_BYTES = 4096;
    private static final MemorySegment NO_DATA =
            MemorySegment.ofArray(new byte[0]).asReadOnly();
    private static final int STATE_MASK = 7;
    private static final int CALLER_SHIFT = 16;

    final MemorySegment memory;
    final int dataSlots;

    /** Of both kinds. */
    final int slots;

    final int dataBytes;
    private final long dataStart;

    private GateLayout(MemorySegment memory, int dataSlots, int dataBytes, int bareSlots) {
        this.memory = memory;
        this.dataSlots = dataSlots;
        this.slots = dataSlots + bareSlots;
        this.dataBytes = dataBytes;
        this.dataStart = dataStart(slots);
    }

    /** Lays out fresh memory. */
    static GateLayout initialise(MemorySegment memory, int dataSlots, int dataBytes, int bareSlots) {
        memory.set(ValueLayout.JAVA_INT, 8, dataSlots);
        memory.set(ValueLayout.JAVA_INT, 12, dataBytes);
        memory.set(ValueLayout.JAVA_INT, 16, bareSlots);
        LONG.setRelease(memory, 0L, MAGIC);
        return new GateLayout(memory, dataSlots, dataBytes, bareSlots);
    }

    /** Reads the layout of memory that another process laid out, once: later changes of those words mean nothing. */
    static GateLayout of(MemorySegment memory, Object name) throws IOException {
        if (memory.byteSize() < SLOTS || (long) LONG.getAcquire(memory, 0L) != MAGIC) {
            throw new IOException(name + " is no call gate of this version");
        }
        int dataSlots = memory.get(ValueLayout.JAVA_INT, 8);
        int dataBytes = memory.get(ValueLayout.JAVA_INT, 12);
        int bareSlots = memory.get(ValueLayout.JAVA_INT, 16);
        if (!valid(dataSlots, dataBytes, bareSlots) || sizeBytes(dataSlots, dataBytes, bareSlots) > memory.byteSize()) {
            throw new IOException(name + " is a damaged call gate: " + dataSlots + " slots of " + dataBytes
                    + " bytes and " + bareSlots + " bare ones");
        }
        return new GateLayout(memory, dataSlots, dataBytes, bareSlots);
    }

    static boolean valid(int dataSlots, int dataBytes, int bareSlots) {
        return dataSlots >= 1
                && dataSlots <= MAX_DATA_SLOTS
                && bareSlots >= 0
                && bareSlots <= MAX_SLOTS - dataSlots
                && dataBytes >= Doorbell.BYTES
                && dataBytes <= MAX_DATA_BYTES
                && dataBytes % Doorbell.BYTES == 0;
    }

    static long sizeBytes(int dataSlots, int dataBytes, int bareSlots) {
        return dataStart(dataSlots + bareSlots) + (long) dataSlots * dataBytes;
    }

    private static long dataStart(int slots) {
        return (SLOTS + (long) slots * SLOT_BYTES + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }

    long slotOffset(int slot) {
        return SLOTS + (long) slot * SLOT_BYTES;
    }

    /** A slot's data area; of no bytes where the slot is a bare one. */
    MemorySegment data(int slot) {
        if (slot >= dataSlots) {
            return NO_DATA;
        }
        return memory.asSlice(dataStart + (long) slot * dataBytes, dataBytes);
    }

    static long callerOffset(int caller) {
        return CALLERS + (long) caller * Long.BYTES;
    }

    int readyWords() {
        return (slots + Long.SIZE - 1) / Long.SIZE;
    }

    /** The bits of a ready word that stand for slots. */
    long readyMask(int word) {
        int bits = Math.min(Long.SIZE, slots - word * Long.SIZE);
        return -1L >>> (Long.SIZE - bits);
    }

    static int state(int word) {
        return word & STATE_MASK;
    }

    static int callerOf(int word) {
        return word >>> CALLER_SHIFT;
    }

    static int word(int state, int caller) {
        return caller << CALLER_SHIFT | state;
    }
}
