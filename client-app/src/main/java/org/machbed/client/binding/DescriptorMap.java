package org.machbed.client.binding;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * A task's descriptors and what the Unix server calls the files behind them. A number has a generation above its index, so that a
 * thread which still holds a closed one does not reach another's socket by it. None is 0, which in a set of sockets is the name of a
 * wake-up. Thread-safe.
 *
 * <pre>
 *  31 30                       12 11                0
 * +--+---------------------------+-------------------+
 * | 0|     generation, not 0     |       index       |
 * +--+---------------------------+-------------------+
 * </pre>
 */
final class DescriptorMap {
    /** Files that a task may have open (getdtablesize). */
    static final int CAPACITY = 4096;

    private static final int GENERATIONS = 1 << 19;

    private final @Nullable Entry[] entries = new @Nullable Entry[CAPACITY];
    private final int[] generations = new int[CAPACITY];

    private record Entry(int descriptor, int serverDescriptor) {}

    DescriptorMap() {
        SplittableRandom random = new SplittableRandom();
        for (int i = 0; i < CAPACITY; i++) {
            generations[i] = random.nextInt(GENERATIONS);
        }
    }

    /**
     * The lowest free index, as Unix has it, for a file of the server.
     *
     * @throws SocketLayerException EMFILE when all are taken
     */
    synchronized int open(int serverDescriptor) throws SocketLayerException {
        for (int index = 0; index < CAPACITY; index++) {
            if (entries[index] == null) {
                generations[index] = generations[index] % (GENERATIONS - 1) + 1;
                int descriptor = generations[index] * CAPACITY + index;
                entries[index] = new Entry(descriptor, serverDescriptor);
                return descriptor;
            }
        }
        throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " descriptors of this task are taken");
    }

    /**
     * The server's name of an open file.
     *
     * @throws SocketLayerException EBADF when the descriptor is not open
     */
    synchronized int translate(int descriptor) throws SocketLayerException {
        Entry entry = entries[index(descriptor)];
        if (entry == null || entry.descriptor != descriptor) {
            throw new SocketLayerException(Errno.EBADF, "descriptor " + descriptor + " is not open");
        }
        return entry.serverDescriptor;
    }

    /** Closes a descriptor and answers the server's name of the file. */
    synchronized int close(int descriptor) throws SocketLayerException {
        int serverDescriptor = translate(descriptor);
        entries[index(descriptor)] = null;
        return serverDescriptor;
    }

    private static int index(int descriptor) {
        return descriptor & (CAPACITY - 1);
    }
}
