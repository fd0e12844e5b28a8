package org.machbed.link.datagram;

import java.lang.foreign.MemorySegment;
import org.machbed.link.FrameLoans;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.socket.DatagramHeader;

/**
 * Datagrams that wait in a socket, oldest first, in the frames that they came in: to append one copies nothing, as a BSD socket
 * buffer takes the driver's mbufs. When the link wants a frame back, its datagram moves to memory of its own. Bounded, and no
 * garbage but for those that move. Guarded by the lock of the stack that the sockets are of.
 */
public final class KeptDatagrams {
    /** Datagrams that may wait here at once: a power of two. */
    static final int CAPACITY = 256;

    /** What {@link #recall} answers when there was no memory for the datagram: it is lost. */
    public static final int LOST = -1;

    private static final MemorySegment NO_MEMORY = MemorySegment.ofArray(new byte[0]);

    private final FrameLoans loans;
    private final LoanKeepers keepers;
    private final MemoryBudget recalledMemory;

    // Allocated with the first datagram: most sockets' receives wait before it comes.
    private MemorySegment[] memories = {};
    private long[] offsets = {};
    private long[] headers = {};

    /** {@link FrameLoans#NONE} where the datagram has memory of its own. */
    private long[] loanOf = {};

    private int head;
    private int size;
    private long heldBytes;

    public KeptDatagrams(FrameLoans loans, LoanKeepers keepers, MemoryBudget recalledMemory) {
        this.loans = loans;
        this.keepers = keepers;
        this.recalledMemory = recalledMemory;
    }

    /** What a datagram counts towards the receive buffer: a word and its data, on words. */
    public static int recordBytes(int lengthBytes) {
        return Long.BYTES + (lengthBytes + Long.BYTES - 1 & -Long.BYTES);
    }

    /** What is here, counted as {@link #recordBytes} does; what was lost no longer is. */
    public long heldBytes() {
        return heldBytes;
    }

    /** Appends the datagram that is arriving; {@code false} when it must be copied instead. */
    public boolean offer(long header, MemorySegment memory, long offset) {
        if (size == CAPACITY) {
            return false;
        }
        long loan = loans.keep(memory);
        if (loan == FrameLoans.NONE) {
            return false;
        }
        if (memories.length == 0) {
            memories = new MemorySegment[CAPACITY];
            offsets = new long[CAPACITY];
            headers = new long[CAPACITY];
            loanOf = new long[CAPACITY];
        }
        int tail = at(size++);
        memories[tail] = memory;
        offsets[tail] = offset;
        headers[tail] = header;
        loanOf[tail] = loan;
        keepers.add(loan, this, tail);
        heldBytes += recordBytes(DatagramHeader.lengthBytes(header));
        return true;
    }

    private int at(int place) {
        return (head + place) & (CAPACITY - 1);
    }

    /** The oldest datagram's {@link DatagramHeader}, or {@link DatagramHeader#NONE}. */
    public long header() {
        while (size > 0 && headers[head] == DatagramHeader.NONE) {
            removeFirst();
        }
        return size == 0 ? DatagramHeader.NONE : headers[head];
    }

    /** Copies the first {@code lengthBytes} bytes of the datagram that {@link #header} told, and forgets it. */
    public void take(MemorySegment target, long targetOffset, int lengthBytes) {
        MemorySegment.copy(memories[head], offsets[head], target, targetOffset, lengthBytes);
        removeFirst();
    }

    /** Whether the datagram that {@link #header} told is in the frame that it came in. */
    public boolean isInFrame() {
        return loanOf[head] != FrameLoans.NONE;
    }

    /** The data of the datagram that {@link #header} told, where it lies. */
    public MemorySegment data() {
        return memories[head].asSlice(offsets[head], DatagramHeader.lengthBytes(headers[head]));
    }

    /** Forgets the datagram that {@link #header} told, whose frame stays on loan: the caller gives that back. */
    public long release() {
        long loan = loanOf[head];
        keepers.remove(loan);
        forgetFirst();
        return loan;
    }

    private void removeFirst() {
        if (loanOf[head] == FrameLoans.NONE) {
            recalledMemory.release((int) memories[head].byteSize());
        } else {
            keepers.remove(loanOf[head]);
            loans.giveBack(loanOf[head]);
        }
        forgetFirst();
    }

    private void forgetFirst() {
        if (headers[head] != DatagramHeader.NONE) {
            heldBytes -= recordBytes(DatagramHeader.lengthBytes(headers[head]));
        }
        memories[head] = NO_MEMORY;
        head = at(1);
        size--;
    }

    /**
     * Moves the datagram of a loan that ends to memory of its own.
     *
     * @param loan one that {@link LoanKeepers} says is here
     * @return its length in bytes, or {@link #LOST}
     */
    public int recall(long loan) {
        keepers.remove(loan);
        return move(keepers.place(loan));
    }

    private int move(int index) {
        int lengthBytes = DatagramHeader.lengthBytes(headers[index]);
        boolean room = recalledMemory.reserve(lengthBytes);
        MemorySegment own = room ? MemorySegment.ofArray(new byte[lengthBytes]) : NO_MEMORY;
        MemorySegment.copy(memories[index], offsets[index], own, 0, own.byteSize());
        memories[index] = own;
        offsets[index] = 0;
        loanOf[index] = FrameLoans.NONE;
        if (!room) {
            headers[index] = DatagramHeader.NONE;
            heldBytes -= recordBytes(lengthBytes);
        }
        return room ? lengthBytes : LOST;
    }

    /** Forgets all of them. */
    public void clear() {
        while (size > 0) {
            removeFirst();
        }
    }
}
