package org.machbed.client.lending;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.netstack.socket.DatagramHeader;

/**
 * Memory of a socket layer that is with a thread of the application. That thread alone can reach it, through an arena of the loan's own:
 * when the loan ends, every view that was kept ends with it, so that nobody reads or writes what is somebody else's by then. This costs
 * an arena and two segments a loan, which are garbage. What the socket layer cannot lend is a copy in memory of the loan's
 * own, and the loan looks the same.
 *
 * <p>The arena is not the one that the memory is mapped by, so who lends must not unmap it while loans are outstanding.
 */
public abstract class Loan {
    private final Arena arena;
    private final long header;
    private MemorySegment memory;

    /**
     * Lends memory that is there.
     *
     * @param lent native memory
     * @param header the {@link DatagramHeader} of a datagram; {@link DatagramHeader#NONE} where it is none
     */
    protected Loan(MemorySegment lent, long header) {
        arena = Arena.ofConfined();
        memory = lent.reinterpret(arena, null);
        this.header = header;
    }

    /** Lends memory that is made for it and whose end is this loan's. */
    Loan(Arena arena, MemorySegment own, long header) {
        this.arena = arena;
        this.memory = own;
        this.header = header;
    }

    /** What is lent, and nothing else; of the thread alone that made the loan, until it ends. */
    public final MemorySegment memory() {
        return memory;
    }

    /** The lender uses its memory for something else from now on: what is in it goes to memory of the loan's own. By its thread. */
    public final void moveOut() {
        memory = MemorySegment.ofArray(memory.toArray(ValueLayout.JAVA_BYTE));
    }

    /** The {@link DatagramHeader} of a datagram that was received. */
    public final long header() {
        return header;
    }

    /** Ends all views, and gives back what no send has taken. Once, by the thread that made it. */
    public final void end() {
        arena.close();
        giveBack();
    }

    /** Gives back what is lent, if it still is. */
    protected abstract void giveBack();
}
