package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.filter.FilterAssembler;
import org.machbed.netstack.filter.PacketFilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** One frame in at the device level, and all that comes out above: who takes it, or which level drops it and why. */
class DeviceLevelsTest {
    private static final int MTU_BYTES = 1500;

    private final MemoryLink link = new MemoryLink(MTU_BYTES);
    private final Crossings crossings = Crossings.unshared();
    private final NetworkDevice device = new NetworkDevice(link, new ReentrantLock(), crossings);
    private final RecordingOwner owner = new RecordingOwner();

    /** Keeps what a family's owner is given. */
    private static final class RecordingOwner implements FamilyOwner {
        final List<byte[]> frames = new ArrayList<>();

        @Override
        public void onFamilyFrame(MemorySegment memory, long offset, int lengthBytes) {
            frames.add(memory.asSlice(offset, lengthBytes).toArray(ValueLayout.JAVA_BYTE));
        }

        @Override
        public String ownerName() {
            return "the test";
        }
    }

    private void arrive(byte[] frame) {
        link.arrive(frame);
        assertThat(device.interrupt()).isEqualTo(1);
    }

    private void expectOnlyDrop(DropReason reason) {
        assertThat(owner.frames).isEmpty();
        assertThat(device.counters().toString()).isEqualTo("{\"" + reason + "\":1}");
        assertThat(crossings.value(Crossing.FRAMES_DROPPED)).isEqualTo(1);
    }

    @Test
    void ownerOfTheFamilyTakesASoundFrame() throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        arrive(TestFrames.udp());
        assertThat(owner.frames).containsExactly(TestFrames.udp());
        assertThat(Told.allDrops(device)).isZero();
        assertThat(crossings.value(Crossing.FRAMES_RECEIVED)).isEqualTo(1);
        assertThat(crossings.value(Crossing.FRAMES_DROPPED)).isZero();
    }

    @Test
    void deviceLevelShedsRuntsAndFramesForOthers() throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        byte[] foreign = TestFrames.udp();
        foreign[5] = 9;
        arrive(foreign);
        arrive(new byte[13]);
        assertThat(owner.frames).isEmpty();
        assertThat(crossings.value(Crossing.FRAMES_RECEIVED)).isZero();
        assertThat(Told.by(device)).containsEntry("driver FOREIGN_UNICAST", 1L).containsEntry("driver RUNT", 1L);
    }

    @ParameterizedTest
    @CsvSource({
        "002e, LENGTH_INSTEAD_OF_TYPE",
        "05ff, LENGTH_INSTEAD_OF_TYPE",
        "0600, UNSUPPORTED_TYPE",
        "86dd, UNSUPPORTED_TYPE",
        "88b5, NO_TAKER",
    })
    void familyLevelDropsTypesNobodySpeaks(String etherType, DropReason reason) throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4, NetworkDevice.TYPE_ARP);
        arrive(TestFrames.frame(Integer.parseInt(etherType, 16), ""));
        expectOnlyDrop(reason);
    }

    /** Offsets of the IPv4 header's bytes (RFC 791 section 3.1), and what a wrong value there is told as. */
    @ParameterizedTest
    @CsvSource({
        "0, 65, IPV4_MALFORMED_HEADER",
        "0, 44, IPV4_MALFORMED_HEADER",
        "0, 4f, IPV4_TRUNCATED_HEADER",
        "2, 01, IPV4_BAD_TOTAL_LENGTH",
        "3, 13, IPV4_BAD_TOTAL_LENGTH",
        "8, 3f, IPV4_BAD_CHECKSUM",
        "10, f7, IPV4_BAD_CHECKSUM",
    })
    void familyLevelDropsCorruptIpv4(int offset, String value, DropReason reason) throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        byte[] frame = TestFrames.udp();
        frame[14 + offset] = (byte) Integer.parseInt(value, 16);
        arrive(frame);
        expectOnlyDrop(reason);
    }

    @ParameterizedTest
    @CsvSource({"1, 06", "2, 86", "4, 08", "5, 10"})
    void familyLevelDropsArpForOtherHardwareOrProtocols(int offset, String value) throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_ARP);
        byte[] frame = TestFrames.arp();
        frame[14 + offset] = (byte) Integer.parseInt(value, 16);
        arrive(frame);
        expectOnlyDrop(DropReason.ARP_MALFORMED);
    }

    @Test
    void arpGoesToItsOwnerAndNotToTheOwnerOfIpv4() throws DeviceException {
        RecordingOwner ofArp = new RecordingOwner();
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        device.claimFamilies(ofArp, NetworkDevice.TYPE_ARP);
        arrive(TestFrames.arp());
        assertThat(ofArp.frames).containsExactly(TestFrames.arp());
        assertThat(owner.frames).isEmpty();
    }

    @Test
    void aFamilyHasOneOwnerAndAllOrNoneAreGiven() throws DeviceException {
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        RecordingOwner second = new RecordingOwner();
        assertThatThrownBy(() -> device.claimFamilies(second, NetworkDevice.TYPE_ARP, NetworkDevice.TYPE_IPV4))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("0x0800")
                .hasMessageContaining("the test");
        device.claimFamilies(second, NetworkDevice.TYPE_ARP);
        assertThatThrownBy(() -> device.claimFamilies(owner, 0x5ff))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("no EtherType");
    }

    @Test
    void packetFilterSendsAFrameToEachPortWhoseFilterMatches() throws Exception {
        RecordingDestination udp = new RecordingDestination(10);
        RecordingDestination arp = new RecordingDestination(10);
        RecordingDestination everything = new RecordingDestination(10);
        device.setFilter(typeFilter(0x0800, 20), udp);
        device.setFilter(typeFilter(0x0806, 20), arp);
        device.setFilter(PacketFilter.compile(new int[0], 10), everything);
        arrive(TestFrames.udp());
        assertThat(udp.frames).containsExactly(TestFrames.udp());
        assertThat(arp.frames).isEmpty();
        assertThat(everything.frames).containsExactly(TestFrames.udp());
        assertThat(crossings.value(Crossing.COPIES))
                .as("one copy for all ports")
                .isEqualTo(1);
        assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(60);
        assertThat(crossings.value(Crossing.FILTER_INSTRUCTIONS)).isPositive();
    }

    @Test
    void messagesCarryFramesOfEveryLength() throws Exception {
        RecordingDestination everything = new RecordingDestination(100);
        device.setFilter(PacketFilter.compile(new int[0], 10), everything);
        for (int payloadBytes : new int[] {46, 113, 114, 1500}) {
            byte[] frame = TestFrames.frame(0x88b5, "5a".repeat(payloadBytes));
            arrive(frame);
            assertThat(everything.frames.getLast()).isEqualTo(frame);
        }
    }

    @Test
    void fullAndDeadPortsCostTheFrameAndAreCounted() throws Exception {
        RecordingDestination full = new RecordingDestination(0);
        device.setFilter(PacketFilter.compile(new int[0], 10), full);
        arrive(TestFrames.udp());
        expectOnlyDrop(DropReason.PORT_QUEUE_FULL);
        full.dead = true;
        arrive(TestFrames.udp());
        assertThat(device.counters().drops(DropReason.PORT_DEAD)).isEqualTo(1);
        device.removeFilter(full);
        assertThat(Told.filters(device)).isZero();
        arrive(TestFrames.udp());
        assertThat(device.counters().drops(DropReason.NO_TAKER)).isEqualTo(1);
    }

    @Test
    void filtersSeeAlsoWhatAnOwnerTakes() throws Exception {
        RecordingDestination monitor = new RecordingDestination(10);
        device.claimFamilies(owner, NetworkDevice.TYPE_IPV4);
        device.setFilter(PacketFilter.compile(new int[0], 10), monitor);
        arrive(TestFrames.udp());
        assertThat(owner.frames).hasSize(1);
        assertThat(monitor.frames).hasSize(1);
    }

    @Test
    void writePutsTheFrameOnTheWireWithOneCopy() {
        MemorySegment frame = MemorySegment.ofArray(TestFrames.udp());
        assertThat(device.write(frame, 0, 60)).isEqualTo(DeviceError.SUCCESS);
        assertThat(link.sent).containsExactly(TestFrames.udp());
        assertThat(crossings.value(Crossing.COPIES)).isEqualTo(1);
        assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(60);
        assertThat(crossings.value(Crossing.FRAMES_SENT)).isEqualTo(1);
        assertThat(crossings.value(Crossing.DOORBELLS)).isEqualTo(1);
    }

    /** Whoever sends may have cut its memory short, or never have had it. */
    @Test
    void aFrameThatCannotBeReadIsNotLeftBegunOnTheWire() {
        MemorySegment tooShort = MemorySegment.ofArray(new byte[30]);
        assertThatThrownBy(() -> device.write(tooShort, 0, 60)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(link.begun).isZero();
        assertThat(link.sent).isEmpty();
        assertThat(crossings.value(Crossing.COPIES)).isZero();
    }

    /** Its handling fails in the level above: the next frame's message is its own, and not the one begun for this. */
    @Test
    void aFrameWhoseHandlingFailsCostsOnlyItself() throws Exception {
        RecordingDestination everything = new RecordingDestination(10);
        device.setFilter(PacketFilter.compile(new int[0], 20), everything);
        FrameDestination failing = new RecordingDestination(0) {
            @Override
            public boolean send(int id, ByteString body) {
                throw new IllegalStateException("of the test");
            }
        };
        device.setFilter(PacketFilter.compile(new int[0], 10), failing);
        arrive(TestFrames.udp());
        arrive(TestFrames.arp());
        assertThat(everything.frames).containsExactly(TestFrames.udp(), TestFrames.arp());
        assertThat(Told.by(device)).containsEntry("driver PASSED", 2L).containsEntry("driver FAILED", 2L);
    }

    @Test
    void writeRefusesWhatNoFrameCanBe() {
        MemorySegment memory = MemorySegment.ofArray(new byte[2000]);
        for (long lengthBytes : new long[] {Long.MIN_VALUE, -1, 0, 13}) {
            assertThat(device.write(memory, 0, lengthBytes)).isEqualTo(DeviceError.INVALID_SIZE);
        }
        for (long lengthBytes : new long[] {1515, Long.MAX_VALUE}) {
            assertThat(device.write(memory, 0, lengthBytes)).isEqualTo(DeviceError.INVALID_SIZE);
        }
        assertThat(device.write(memory, 0, 1514)).isEqualTo(DeviceError.SUCCESS);
        link.full = true;
        assertThat(device.write(memory, 0, 60)).isEqualTo(DeviceError.WOULD_BLOCK);
        assertThat(link.sent).hasSize(1);
        assertThat(device.counters().toString())
                .isEqualTo("{\"WIRE_FULL\":1,\"WRITE_TOO_SHORT\":4,\"WRITE_TOO_LONG\":2}");
    }

    private static PacketFilter typeFilter(int etherType, int priority) throws Exception {
        return PacketFilter.compile(FilterAssembler.assemble("PUSHWORD+6\nPUSHLIT|EQ " + etherType), priority);
    }
}
