package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.filter.FilterConsumer;
import org.machbed.netstack.filter.FilterException;
import org.machbed.netstack.filter.FilterTable;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.ReceivedFrame;

/**
 * The hardware-independent level: the packet filter, which copies a frame into a message for the port of each filter that
 * matches. Frames pass on the interrupt thread; any thread may set filters.
 */
final class FilterLevel implements FilterConsumer<FrameDestination> {
    private static final int FRAME_TAG = ReceivedFrame.FRAME_FIELD_NUMBER << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED;

    private final FilterTable<FrameDestination> table = new FilterTable<>();
    private final DeviceCounters counters;
    private final Crossings crossings;
    private long countedInstructions;

    /** The message of the frame under way, made for the first filter that matches and shared by the others. */
    private @Nullable ByteString message;

    FilterLevel(DeviceCounters counters, Crossings crossings) {
        this.counters = counters;
        this.crossings = crossings;
    }

    void add(PacketFilter filter, FrameDestination destination) throws DeviceException {
        try {
            table.add(filter, destination);
        } catch (FilterException e) {
            throw new DeviceException(DeviceError.NO_MEMORY, String.valueOf(e.getMessage()));
        }
    }

    void remove(FrameDestination destination) {
        table.remove(destination);
    }

    int size() {
        return table.size();
    }

    long readsBeyondFrame() {
        return table.readsBeyondFrame();
    }

    /** Runs the filters; answers how many matched, whether or not their ports had room. */
    int onFrame(MemorySegment memory, long offset, int lengthBytes) {
        if (table.size() == 0) {
            return 0;
        }
        // Of the frame before, when that one's handling failed.
        message = null;
        int matches = table.match(memory, offset, lengthBytes, this);
        message = null;
        countInstructions();
        return matches;
    }

    private void countInstructions() {
        long executed = table.instructionsExecuted();
        crossings.count(Crossing.FILTER_INSTRUCTIONS, executed - countedInstructions);
        countedInstructions = executed;
    }

    @Override
    public void onMatch(FrameDestination destination, MemorySegment memory, long offset, int lengthBytes) {
        ByteString body = message;
        if (body == null) {
            body = encode(memory, offset, lengthBytes);
            message = body;
            crossings.copy(lengthBytes);
        }
        // Before the receiver can answer, so that whoever counts its answers finds this counted.
        countInstructions();
        if (!destination.send(DeviceCall.RECEIVED_FRAME, body)) {
            counters.drop(destination.isDead() ? DropReason.PORT_DEAD : DropReason.PORT_QUEUE_FULL);
            crossings.count(Crossing.FRAMES_DROPPED);
        }
    }

    /** A {@code ReceivedFrame} of one copy: protobuf's own way there takes two. */
    private static ByteString encode(MemorySegment memory, long offset, int lengthBytes) {
        int prefixBytes = 2;
        for (int rest = lengthBytes >>> 7; rest != 0; rest >>>= 7) {
            prefixBytes++;
        }
        byte[] body = new byte[prefixBytes + lengthBytes];
        body[0] = (byte) FRAME_TAG;
        int rest = lengthBytes;
        for (int at = 1; at < prefixBytes - 1; at++) {
            body[at] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        body[prefixBytes - 1] = (byte) rest;
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, body, prefixBytes, lengthBytes);
        return UnsafeByteOperations.unsafeWrap(body);
    }
}
