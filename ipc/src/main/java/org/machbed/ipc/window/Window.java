package org.machbed.ipc.window;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.ipc.chronicle.QueueControl;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.memory.SharedDirectory;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.memory.Sharing;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

/**
 * The shared-memory window between a driver and a protocol server (reynolds91): an IN and an OUT queue of descriptors, and
 * pools of buffers that both sides allocate and free. The kernel creates it; the server opens it.
 *
 * <p>A directory: the file {@code control} (control block, pools and buffers, queues that are rings) and the files of other queues. Numbers from the
 * other side are checked before use, so that with them a hostile side spoils only its own window; but one that shortens the
 * files makes the next access of either side an {@link InternalError}.
 */
public final class Window implements AutoCloseable {
    /** Room that must be free for the queues' files, which grow and shrink as they roll. */
    private static final long QUEUE_ROOM_BYTES = 16L << 20;

    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    private final Path path;
    private final WindowSide side;
    private final WindowConfiguration configuration;
    private final SharedMemory file;
    private final WindowLayout layout;
    private final BufferPools pools;
    private final Doorbell protocolDoorbell;
    private final Doorbell interruptDoorbell;
    private final WindowQueue in;
    private final WindowQueue out;

    private Window(Path path, WindowSide side, WindowConfiguration configuration, SharedMemory file) {
        MemorySegment memory = file.segment();
        this.path = path;
        this.side = side;
        this.configuration = configuration;
        this.file = file;
        this.layout = new WindowLayout(configuration);
        this.pools = new BufferPools(side, configuration, memory, layout);
        this.protocolDoorbell = new Doorbell(memory, WindowLayout.PROTOCOL_DOORBELL);
        this.interruptDoorbell = new Doorbell(memory, WindowLayout.INTERRUPT_DOORBELL);
        this.in = queue(WindowLayout.IN_CONTROL, layout.inRing(), "in", side == WindowSide.INTERRUPT);
        try {
            this.out = queue(WindowLayout.OUT_CONTROL, layout.outRing(), "out", side == WindowSide.PROTOCOL);
        } catch (Throwable e) {
            in.close();
            throw e;
        }
    }

    /**
     * Creates a window as its interrupt side.
     *
     * @param path a directory that does not exist yet
     * @throws IOException when it exists or there is no room for it
     */
    public static Window create(Path path, WindowConfiguration configuration) throws IOException {
        requireBuilt(configuration.queue());
        Sharing.createDirectory(path);
        try {
            SharedMemory file =
                    SharedMemory.create(path.resolve("control"), new WindowLayout(configuration).sizeBytes());
            return enter(path, WindowSide.INTERRUPT, file, () -> {
                if (configuration.queue() == QueueKind.CHRONICLE) {
                    requireRoomForQueues(path);
                }
                return configuration;
            });
        } catch (Throwable e) {
            SharedDirectory.delete(path);
            throw e;
        }
    }

    /**
     * Opens a window as its protocol side. A window has one in its life: a server that starts again maps a new one.
     *
     * @throws IOException when there is none, it is damaged, or it was opened before
     */
    public static Window open(Path path) throws IOException {
        SharedMemory file = SharedMemory.open(path.resolve("control"));
        return enter(path, WindowSide.PROTOCOL, file, () -> {
            WindowConfiguration configuration = WindowLayout.read(file.segment(), path);
            requireBuilt(configuration.queue());
            if (!INT.compareAndSet(file.segment(), WindowLayout.OPENED, 0, 1)) {
                throw new IOException("the window " + path + " was opened by a server before");
            }
            return configuration;
        });
    }

    /**
     * Takes a side of a mapped window; unmaps it again when that fails, be it with the {@link InternalError} of a full file
     * system.
     */
    private static Window enter(Path path, WindowSide side, SharedMemory file, Shape shape) throws IOException {
        try {
            WindowConfiguration configuration = shape.read();
            Window window = new Window(path, side, configuration, file);
            if (side == WindowSide.INTERRUPT) {
                window.pools.initialise();
                WindowLayout.initialise(file.segment(), configuration);
            }
            return window;
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    /** Where a side takes the window's shape from. */
    @FunctionalInterface
    private interface Shape {
        WindowConfiguration read() throws IOException;
    }

    private static void requireBuilt(QueueKind kind) throws IOException {
        if (kind == QueueKind.SUBQUEUE) {
            throw new IOException("windows with queues of kind " + kind + " are not built yet");
        }
    }

    private static void requireRoomForQueues(Path path) throws IOException {
        long free = Files.getFileStore(path).getUsableSpace();
        if (free < QUEUE_ROOM_BYTES) {
            throw new IOException("no room for the queues of the window " + path + ": " + QUEUE_ROOM_BYTES
                    + " bytes are needed and " + free + " are free");
        }
    }

    private WindowQueue queue(long control, long ring, String name, boolean producer) {
        QueueControl queueControl = new QueueControl(file.segment(), control);
        if (configuration.queue() == QueueKind.RING) {
            return new RingWindowQueue(queueControl, file.segment(), ring, configuration.queueDescriptors());
        }
        return new ChronicleWindowQueue(path.resolve(name), queueControl, configuration.queueDescriptors(), producer);
    }

    public Path path() {
        return path;
    }

    public WindowConfiguration configuration() {
        return configuration;
    }

    /** Control block and buffers; {@link #frameOffset} tells where a descriptor's frame lies in it. */
    public MemorySegment memory() {
        return file.segment();
    }

    public BufferPools pools() {
        return pools;
    }

    /** Where the frame of a descriptor that {@link WindowConsumer#poll} gave starts in {@link #memory}. */
    public long frameOffset(long descriptor) {
        return layout.buffer(Descriptor.buffer(descriptor)) + Descriptor.offsetBytes(descriptor);
    }

    /** This side's producer: the driver's on the IN queue, the server's on the OUT queue; it rings the other's doorbell. */
    public WindowProducer producer(Crossings crossings) {
        Doorbell doorbell = side == WindowSide.INTERRUPT ? protocolDoorbell : interruptDoorbell;
        return producer(() -> {
            crossings.count(Crossing.DOORBELLS);
            doorbell.ringOrDrop();
        });
    }

    /** This side's producer with another way to start the consumer, such as a trap. */
    public WindowProducer producer(DeviceEvent event) {
        return new WindowProducer(side == WindowSide.INTERRUPT ? in : out, event);
    }

    /** This side's consumer: the driver's of the OUT queue, the server's of the IN queue. */
    public WindowConsumer consumer() {
        return side == WindowSide.INTERRUPT
                ? new WindowConsumer(out, interruptDoorbell, configuration)
                : new WindowConsumer(in, protocolDoorbell, configuration);
    }

    /** Removes the window's files; a side that has it open keeps its memory. */
    public void unlink() throws IOException {
        SharedDirectory.delete(path);
    }

    @Override
    public void close() {
        in.close();
        out.close();
        file.close();
    }
}
