package org.machbed.ipc.memory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Asks the machine to keep idle CPUs out of deep sleep (/dev/cpu_dma_latency, PM QoS) for as long as it is open: waking one
 * would otherwise cost more than what is measured. Needs root.
 */
public final class LatencyRequest implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/cpu_dma_latency");

    private final @Nullable FileChannel device;
    private final String reason;

    private LatencyRequest(@Nullable FileChannel device, String reason) {
        this.device = device;
        this.reason = reason;
    }

    /** Asks for 0 us; {@link #granted} tells whether that was possible. */
    public static LatencyRequest open() {
        return open(DEVICE);
    }

    static LatencyRequest open(Path path) {
        try {
            FileChannel device = FileChannel.open(path, StandardOpenOption.WRITE);
            try {
                device.write(ByteBuffer.allocate(Integer.BYTES));
                return new LatencyRequest(device, "granted");
            } catch (IOException e) {
                device.close();
                throw e;
            }
        } catch (IOException e) {
            return new LatencyRequest(null, "refused: " + e);
        }
    }

    public boolean granted() {
        return device != null;
    }

    /** "granted", or why it was refused. */
    public String reason() {
        return reason;
    }

    @Override
    public void close() throws IOException {
        if (device != null) {
            device.close();
        }
    }
}
