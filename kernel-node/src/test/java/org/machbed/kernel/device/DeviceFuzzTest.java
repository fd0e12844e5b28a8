package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.filter.FilterException;
import org.machbed.netstack.filter.PacketFilter;

import static org.assertj.core.api.Assertions.assertThat;

/** Mangled frames through all three levels: each ends in exactly one place, and nothing throws. */
class DeviceFuzzTest {
    private static final int FRAMES = 300_000;
    private static final long SEED = 1992;

    private static final class CountingOwner implements FamilyOwner {
        long frames;

        @Override
        public void onFamilyFrame(MemorySegment memory, long offset, int lengthBytes) {
            frames++;
        }

        @Override
        public String ownerName() {
            return "the test";
        }
    }

    @Test
    void everyFrameIsTakenOrCountedOnce() throws Exception {
        Random random = new Random(SEED);
        MemoryLink link = new MemoryLink(1500);
        Crossings crossings = Crossings.unshared();
        NetworkDevice device = new NetworkDevice(link, new ReentrantLock(), crossings);
        CountingOwner owner = new CountingOwner();
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        RecordingDestination full = new RecordingDestination(0);
        installRandomFilters(device, random, full);
        for (int i = 0; i < FRAMES; i++) {
            link.arrive(mangled(random));
            device.interrupt();
        }
        DeviceCounters counters = device.counters();
        long filterDrops = counters.drops(DropReason.PORT_QUEUE_FULL);
        long otherDrops = Told.allDrops(device) - filterDrops;
        long received = crossings.value(Crossing.FRAMES_RECEIVED);
        assertThat(received).isPositive();
        assertThat(owner.frames).isPositive();
        assertThat(crossings.value(Crossing.FRAMES_DROPPED)).isEqualTo(Told.allDrops(device));
        // What is neither owned nor dropped for itself was matched by a filter, whose port was full.
        assertThat(received - owner.frames - otherDrops).isBetween(0L, filterDrops);
        assertThat(full.frames).isEmpty();
    }

    private static void installRandomFilters(NetworkDevice device, Random random, FrameDestination destination)
            throws DeviceException {
        int accepted = 0;
        while (accepted < 200) {
            int[] words = random.ints(random.nextInt(70), 0, 0x10000).toArray();
            if (random.nextBoolean()) {
                Arrays.setAll(words, at -> random.nextInt(48));
            }
            try {
                device.setFilter(PacketFilter.compile(words, random.nextInt(120)), destination);
                accepted++;
            } catch (FilterException refused) {
                assertThat(refused).hasMessageNotContaining("null");
                accepted += random.nextInt(2);
            }
        }
        assertThat(Told.filters(device)).isLessThanOrEqualTo(1);
    }

    private static byte[] mangled(Random random) {
        byte[] frame = random.nextBoolean() ? TestFrames.udp() : TestFrames.arp();
        if (random.nextInt(4) == 0) {
            frame[12] = (byte) random.nextInt(256);
        }
        for (int flips = random.nextInt(4); flips > 0; flips--) {
            frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        }
        int length = random.nextInt(8) == 0 ? random.nextInt(2000) : frame.length;
        return Arrays.copyOf(frame, length);
    }
}
