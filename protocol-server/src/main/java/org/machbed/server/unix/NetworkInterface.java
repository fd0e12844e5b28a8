package org.machbed.server.unix;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The interface between IP and the driver (struct ifnet with ether_output): every packet out gets an mbuf, goes through the
 * send queue, and is given to the driver at {@link Spl#IMP}. Called at {@link Spl#NET}.
 */
final class NetworkInterface implements FrameOutput {
    private final BsdKernel kernel;
    private final FrameOutput driver;
    private final InterfaceQueue sendQueue = new InterfaceQueue(); // guarded by IMP
    private @Nullable Mbuf composing; // guarded by NET

    NetworkInterface(BsdKernel kernel, FrameOutput driver) {
        this.kernel = kernel;
        this.driver = driver;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (composing != null) {
            throw new IllegalStateException("a frame is being composed already");
        }
        FrameBuffer frame = driver.allocate(lengthBytes);
        if (frame == null) {
            return null;
        }
        Mbuf header = kernel.mbufs().get();
        if (header == null) {
            driver.release(frame);
            return null;
        }
        header.frame = frame;
        composing = header;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        Mbuf packet = composed(frame);
        int s = kernel.spl().splimp();
        try {
            if (sendQueue.enqueue(packet)) {
                start();
                return;
            }
        } finally {
            kernel.spl().splx(s);
        }
        kernel.crossings().count(Crossing.FRAMES_DROPPED);
        driver.release(frame);
        kernel.mbufs().free(packet);
    }

    @Override
    public void release(FrameBuffer frame) {
        Mbuf packet = composed(frame);
        driver.release(frame);
        kernel.mbufs().free(packet);
    }

    /** The driver's start routine (if_start): sends all that is queued; called at {@link Spl#IMP}. */
    private void start() {
        for (Mbuf packet = sendQueue.dequeue(); packet != null; packet = sendQueue.dequeue()) {
            FrameBuffer frame = packet.frame;
            if (frame != null) {
                driver.transmit(frame);
            }
            kernel.mbufs().free(packet);
        }
    }

    private Mbuf composed(FrameBuffer frame) {
        Mbuf packet = composing;
        if (packet == null || packet.frame != frame) {
            throw new IllegalStateException("this frame is not the one that is being composed");
        }
        composing = null;
        return packet;
    }
}
