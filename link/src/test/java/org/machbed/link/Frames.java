package org.machbed.link;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

import static org.assertj.core.api.Assertions.assertThat;

/** Sends and collects frames in tests. */
public final class Frames implements FrameHandler {
    public static final MacAddress A = MacAddress.parse("02:00:00:00:00:0a");
    public static final MacAddress B = MacAddress.parse("02:00:00:00:00:0b");
    public static final MacAddress C = MacAddress.parse("02:00:00:00:00:0c");

    /** The local experimental EtherType. */
    private static final short ETHER_TYPE = (short) 0x88b5;

    private final List<byte[]> received = new ArrayList<>();

    /** A frame whose payload says its number. */
    public static byte[] frame(MacAddress to, MacAddress from, int number, int length) {
        byte[] frame = new byte[length];
        for (int i = 0; i < 6; i++) {
            frame[i] = (byte) (to.bits() >>> (40 - 8 * i));
            frame[6 + i] = (byte) (from.bits() >>> (40 - 8 * i));
        }
        frame[12] = (byte) (ETHER_TYPE >>> 8);
        frame[13] = (byte) ETHER_TYPE;
        for (int i = 14; i < length; i++) {
            frame[i] = (byte) (number + i);
        }
        return frame;
    }

    /** Sends {@code frame}; false when the link had no room. */
    public static boolean send(FrameOutput output, byte[] frame) {
        FrameBuffer buffer = output.allocate(frame.length);
        if (buffer == null) {
            return false;
        }
        fill(buffer, frame);
        output.transmit(buffer);
        return true;
    }

    public static void fill(FrameBuffer buffer, byte[] frame) {
        MemorySegment.copy(frame, 0, buffer.memory, ValueLayout.JAVA_BYTE, buffer.offset, frame.length);
        buffer.length = frame.length;
    }

    /** The buffer, which must have been lent. */
    public static FrameBuffer lent(@Nullable FrameBuffer buffer) {
        assertThat(buffer).isNotNull();
        return Objects.requireNonNull(buffer);
    }

    @Override
    public void onFrame(MemorySegment memory, long offset, int length) {
        received.add(memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /** What came since the last call. */
    public List<byte[]> take() {
        List<byte[]> taken = List.copyOf(received);
        received.clear();
        return taken;
    }

    /** Polls until the link has nothing more. */
    public List<byte[]> takeAll(LinkEnd link) {
        while (link.poll(this, 16) > 0) {
            assertThat(received).hasSizeLessThan(1_000_000);
        }
        return take();
    }
}
