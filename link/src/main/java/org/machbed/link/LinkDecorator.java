package org.machbed.link;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/**
 * A link end that does as another one does, but for what a subclass changes. Its counts are the other one's. Trains of frames are sent
 * one by one: a subclass changes what {@link #transmit} does.
 */
public abstract class LinkDecorator implements LinkEnd {
    private final LinkEnd link;

    protected LinkDecorator(LinkEnd link) {
        this.link = Objects.requireNonNull(link, "link");
    }

    @Override
    public MacAddress address() {
        return link.address();
    }

    @Override
    public int mtuBytes() {
        return link.mtuBytes();
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        return link.allocate(lengthBytes);
    }

    @Override
    public void transmit(FrameBuffer frame) {
        link.transmit(frame);
    }

    @Override
    public void release(FrameBuffer frame) {
        link.release(frame);
    }

    @Override
    public boolean await(long timeoutNs) {
        return link.await(timeoutNs);
    }

    @Override
    public boolean awaitAlso(Doorbell doorbell) {
        return link.awaitAlso(doorbell);
    }

    @Override
    public int poll(FrameHandler handler, int budget) {
        return link.poll(handler, budget);
    }

    @Override
    public long keep(MemorySegment memory) {
        return link.keep(memory);
    }

    @Override
    public void giveBack(long loan) {
        link.giveBack(loan);
    }

    @Override
    public void onRecall(LongConsumer keeper) {
        link.onRecall(keeper);
    }

    @Override
    public boolean recalls() {
        return link.recalls();
    }

    @Override
    public int roomsToLend() {
        return link.roomsToLend();
    }

    @Override
    public boolean lendRoom(FrameBuffer room) {
        return link.lendRoom(room);
    }

    @Override
    public void wakeUp() {
        link.wakeUp();
    }

    @Override
    public LinkCounters counters() {
        return link.counters();
    }

    @Override
    public void close() {
        link.close();
    }
}
