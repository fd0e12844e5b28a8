package org.machbed.ipc.trap;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.process.Crossings;

/**
 * The way into the kernel: slots in shared memory, each with room for one call's number, six arguments, result and the data
 * that copyin and copyout move. A caller claims a slot, rings the kernel's doorbell and sleeps on the slot's own futex word
 * until the kernel answers; neither side spins.
 *
 * <p>A call that may wait long and moves no data can be made through a <em>bare</em> slot, which has no room for data: there can
 * be thousands of those, so that thousands of threads may wait while slots with room stay free for calls that move data.
 *
 * <p>All callers of a gate share its memory. Whatever one of them writes there, the kernel does not break; but they can
 * disturb each other's calls, so callers that do not trust each other get gates of their own.
 */
public final class CallGate implements AutoCloseable {
    /** Room for the largest datagram. */
    public static final int DEFAULT_DATA_BYTES = 65_536;

    private final SharedMemory file;
    private final GateLayout layout;

    private CallGate(SharedMemory file, GateLayout layout) {
        this.file = file;
        this.layout = layout;
    }

    /** Creates a gate whose slots carry {@link #DEFAULT_DATA_BYTES} each. */
    public static CallGate create(Path path, int slots) throws IOException {
        return create(path, slots, DEFAULT_DATA_BYTES, 0);
    }

    /** Creates a gate without bare slots. */
    public static CallGate create(Path path, int slots, int dataBytes) throws IOException {
        return create(path, slots, dataBytes, 0);
    }

    /**
     * Creates a gate.
     *
     * @param slots calls with data that may be under way at once, 1 to 256
     * @param dataBytes room for data in each, a multiple of 64 up to 1 MiB
     * @param bareSlots calls without data that may wait besides; with the others at most 4,096
     */
    public static CallGate create(Path path, int slots, int dataBytes, int bareSlots) throws IOException {
        if (!GateLayout.valid(slots, dataBytes, bareSlots)) {
            throw new IllegalArgumentException("a call gate cannot have " + slots + " slots of " + dataBytes
                    + " bytes and " + bareSlots + " bare ones");
        }
        SharedMemory file = SharedMemory.create(path, GateLayout.sizeBytes(slots, dataBytes, bareSlots));
        return new CallGate(file, GateLayout.initialise(file.segment(), slots, dataBytes, bareSlots));
    }

    /**
     * Opens the gate that a kernel created.
     *
     * @throws IOException when there is none or it is damaged
     */
    public static CallGate open(Path path) throws IOException {
        SharedMemory file = SharedMemory.open(path);
        try {
            return new CallGate(file, GateLayout.of(file.segment(), path));
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    /** A caller whose traps are not counted. */
    public TrapCaller caller() throws IOException {
        return caller(Crossings.unshared());
    }

    /**
     * Enters this process as a caller; one caller serves all its threads.
     *
     * @param crossings where each trap is counted
     * @throws IOException when the gate has as many callers as it can tell apart (255)
     */
    public TrapCaller caller(Crossings crossings) throws IOException {
        return caller(crossings, TrapCaller.CLAIM_LIMIT_NS);
    }

    /** As {@link #caller(Crossings)}, but it waits less or longer for a slot of a full gate. */
    TrapCaller caller(Crossings crossings, long claimLimitNs) throws IOException {
        return new TrapCaller(this, crossings, claimLimitNs);
    }

    public Path path() {
        return file.path();
    }

    /** Slots with room for data. */
    public int slots() {
        return layout.dataSlots;
    }

    public int bareSlots() {
        return layout.slots - layout.dataSlots;
    }

    public int dataBytes() {
        return layout.dataBytes;
    }

    GateLayout layout() {
        return layout;
    }

    /** Tells callers who wait for a slot that one is free, after it was freed; no system call when nobody waits. */
    static void announceFreed(MemorySegment memory, long freedAddress) {
        int seen = (int) GateLayout.INT.getVolatile(memory, GateLayout.FREED);
        // Whoever loses this race freed its slot before the winner's wake-up of all, so it has nothing left to tell.
        if ((seen & 1) != 0 && GateLayout.INT.compareAndSet(memory, GateLayout.FREED, seen, seen + 1)) {
            Futex.wake(freedAddress, Integer.MAX_VALUE);
        }
    }

    /** Removes the gate's name; who has it open keeps it. */
    public void unlink() throws IOException {
        file.unlink();
    }

    /** Unmaps the gate; callers and services of this object must be closed first. */
    @Override
    public void close() {
        file.close();
    }
}
