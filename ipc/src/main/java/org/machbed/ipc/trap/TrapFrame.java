package org.machbed.ipc.trap;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A trap as the kernel sees it: number and arguments as they were when the kernel took the call, and the data area, which
 * the caller may still be writing to (whoever checks it must copy it first). A frame belongs to the handler until
 * {@link #complete}, also on another thread: a continuation instead of a blocked kernel thread. Afterwards the object serves
 * the slot's next call.
 */
public final class TrapFrame {
    static final int IDLE = 0;
    static final int SERVING = 1;
    static final int ABANDONED = 2;
    /** The slot's word is being changed, for some instructions. */
    static final int CHANGING = 3;
    /** And a request has come meanwhile. */
    static final int CHANGING_AND_READY = 4;

    /** Linux's EINVAL, the result of traps that no handler understands. */
    private static final int EINVAL = 22;

    private static final VarHandle STAGE;

    static {
        try {
            STAGE = MethodHandles.lookup().findVarHandle(TrapFrame.class, "stage", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final TrapService service;
    private final MemorySegment data;
    private final ByteBuffer dataBuffer;
    private final int slot;
    private int number;
    private int caller;
    private long a0;
    private long a1;
    private long a2;
    private long a3;
    private long a4;
    private long a5;

    /** Who may touch the slot: only the kernel's own memory tells, never the shared word. */
    @SuppressWarnings("UnusedVariable") // through STAGE
    private volatile int stage;

    TrapFrame(TrapService service, MemorySegment data, int slot) {
        this.service = service;
        this.data = data;
        this.dataBuffer = data.asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        this.slot = slot;
    }

    /** Copies the call in, once; what the caller writes afterwards changes nothing. */
    void copyIn(MemorySegment memory, long offset, int ofCaller) {
        caller = ofCaller;
        number = (int) GateLayout.INT.get(memory, offset + GateLayout.NUMBER);
        long arguments = offset + GateLayout.ARGUMENTS;
        a0 = (long) GateLayout.LONG.get(memory, arguments);
        a1 = (long) GateLayout.LONG.get(memory, arguments + 8);
        a2 = (long) GateLayout.LONG.get(memory, arguments + 16);
        a3 = (long) GateLayout.LONG.get(memory, arguments + 24);
        a4 = (long) GateLayout.LONG.get(memory, arguments + 32);
        a5 = (long) GateLayout.LONG.get(memory, arguments + 40);
    }

    /** Which call; any number may come. */
    public int number() {
        return number;
    }

    /** Tells the processes behind the gate apart, 1 to 255. */
    public int caller() {
        return caller;
    }

    public long a0() {
        return a0;
    }

    public long a1() {
        return a1;
    }

    public long a2() {
        return a2;
    }

    public long a3() {
        return a3;
    }

    public long a4() {
        return a4;
    }

    public long a5() {
        return a5;
    }

    /**
     * The call's data area, {@link CallGate#dataBytes} long whatever lengths the arguments claim; of no bytes when the call
     * came through a bare slot.
     */
    public MemorySegment data() {
        return data;
    }

    /** The same as a buffer, always the same object, cleared. */
    public ByteBuffer dataBuffer() {
        return dataBuffer.clear();
    }

    /** Whether the caller died while the call waits; completing then only frees the slot. */
    public boolean abandoned() {
        return (int) STAGE.getVolatile(this) == ABANDONED;
    }

    /**
     * Answers the call, from any thread.
     *
     * @param result what the trap returns, negative for an error
     * @throws IllegalStateException when the frame was completed before
     */
    public void complete(long result) {
        service.complete(this, result);
    }

    /** Completes with -EINVAL: no such call, or arguments that make no sense. */
    public void refuse() {
        complete(-EINVAL);
    }

    /**
     * Takes an idle frame to look at a request; {@link #serve} or {@link #leave} follows. A caller that finds its call done may
     * call again before the thread that answered has left the frame; that thread then announces the request anew, and nobody
     * waits for anybody.
     *
     * @return whether the frame was taken
     */
    boolean take() {
        while (true) {
            if (move(IDLE, CHANGING)) {
                return true;
            }
            int seen = (int) STAGE.getVolatile(this);
            if (seen == SERVING || seen == ABANDONED) {
                service.refuseRequest();
                return false;
            }
            if (seen == CHANGING_AND_READY || (seen == CHANGING && move(CHANGING, CHANGING_AND_READY))) {
                return false;
            }
        }
    }

    /** The request made sense; a second one that came meanwhile does not. */
    void serve() {
        STAGE.setVolatile(this, SERVING);
    }

    /** Ends a change or a look. */
    void leave() {
        if (!move(CHANGING, IDLE)) {
            STAGE.setVolatile(this, IDLE);
            service.announceReady(slot);
        }
    }

    int slot() {
        return slot;
    }

    boolean move(int from, int to) {
        return STAGE.compareAndSet(this, from, to);
    }
}
