package org.machbed.testbed.simulate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.machbed.link.capture.PcapngWriter;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.simulation.SimulationListener;

/**
 * Writes the frames of a world to a pcapng file: outbound as a host sends them, inbound as they arrive, if they do. The world
 * begins at the start of 1970.
 */
final class WorldCapture implements SimulationListener, AutoCloseable {
    private final PcapngWriter writer;
    private long startNs;
    private boolean started;

    WorldCapture(Path file) throws IOException {
        writer = PcapngWriter.create(file, "simulation", new MacAddress(0x02_00_00_00_00_01L));
    }

    @Override
    public void onFrameSent(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
        write(PcapngWriter.OUTBOUND, nowNs, memory, lengthBytes);
    }

    @Override
    public void onFrameArrived(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
        write(PcapngWriter.INBOUND, nowNs, memory, lengthBytes);
    }

    @Override
    public void onEvent(long nowNs, String who, String what) {
        start(nowNs);
    }

    private void write(int direction, long nowNs, MemorySegment memory, int lengthBytes) {
        start(nowNs);
        try {
            // A capture that is full has the world's beginning, and the failed world's end is told in words.
            boolean _ = writer.write(direction, memory, 0, lengthBytes, nowNs - startNs);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void start(long nowNs) {
        if (!started) {
            started = true;
            startNs = nowNs;
        }
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
