package org.machbed.ipc.window;

import java.nio.file.Path;
import net.openhft.chronicle.wire.DocumentContext;
import org.machbed.ipc.chronicle.QueueControl;
import org.machbed.ipc.chronicle.RollingQueue;

/**
 * A window's queue as a {@link RollingQueue} that counts descriptors. A file takes about 1 MiB. A descriptor costs no garbage;
 * beginning a file costs some 13 KiB on the two sides together (0.2 bytes a descriptor). A damaged queue refuses and delivers
 * nothing.
 */
final class ChronicleWindowQueue extends ControlledQueue {
    /** Descriptors in a file, and the most credits. */
    static final int CYCLE_DESCRIPTORS = 65_536;

    private final RollingQueue queue;

    /** Consumer: a produced count for which no descriptor was there, so it is not work. */
    private long phantom = -1;

    ChronicleWindowQueue(Path path, QueueControl control, int capacity, boolean producer) {
        super(control);
        this.queue = producer
                ? RollingQueue.producer(path, control, capacity, CYCLE_DESCRIPTORS)
                : RollingQueue.consumer(path, control, capacity, CYCLE_DESCRIPTORS);
    }

    @Override
    public boolean offer(long descriptor) {
        if (!queue.hasCredit(1)) {
            return false;
        }
        try {
            try (DocumentContext document = queue.write()) {
                document.wire().bytes().writeLong(descriptor);
            }
            queue.wrote(1);
            return true;
        } catch (RuntimeException | InternalError e) {
            queue.breakUp(e);
            return false;
        }
    }

    @Override
    public long poll() {
        long announced = control.produced();
        if (noWork(announced)) {
            return NONE;
        }
        try (DocumentContext document = queue.read()) {
            if (!document.isPresent()) {
                phantom = announced;
                return NONE;
            }
            long descriptor = document.wire().bytes().readLong();
            queue.consumed(1);
            return descriptor;
        } catch (RuntimeException | InternalError e) {
            queue.breakUp(e);
            return NONE;
        }
    }

    @Override
    public boolean isEmpty() {
        return noWork(control.produced());
    }

    private boolean noWork(long produced) {
        return queue.isBroken() || produced == queue.position() || produced == phantom;
    }

    @Override
    public long outstanding() {
        return queue.outstandingUnits();
    }

    @Override
    public boolean isBroken() {
        return queue.isBroken();
    }

    @Override
    public void close() {
        queue.close();
    }
}
