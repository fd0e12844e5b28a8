package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.link.Frames;
import org.machbed.link.Garbage;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A packet socket on one end of a veth pair, with Linux at the other. */
@Timeout(60)
class BridgeLinkTest {
    private static final int MTU = 1500;
    private static final int FRAMES_TO_OVERFLOW = 20_000;

    private final String outer = Namespace.newName();
    private final String inner = Namespace.newName();
    private Namespace here;
    private Namespace linux;
    private InterfaceLink link;
    private final Frames received = new Frames();

    @BeforeEach
    void open() throws Exception {
        Namespace.assumePossible();
        here = new Namespace();
        linux = new Namespace();
        here.veth(linux, outer, inner, "192.0.2.1/24");
        here.ip("address", "add", "203.0.113.1/24", "dev", outer);
        link = here.call(() -> InterfaceLink.openBridge(new InterfaceName(outer), Frames.A, MTU));
    }

    @AfterEach
    void close() throws Exception {
        if (link != null) {
            link.close();
        }
        if (linux != null) {
            linux.close();
        }
        if (here != null) {
            here.close();
        }
    }

    @Test
    void framesGoBothWays() {
        LinuxFrames.introduce(link, received);
        assertThat(link.counters().get(LinkCounter.FRAMES_SENT)).isPositive();
    }

    /** veth offers to sum checksums, so Linux leaves them to it. */
    @Test
    void aChecksumThatLinuxLeftToItsInterfaceIsCompleted() throws Exception {
        LinuxFrames.introduce(link, received);
        LinuxFrames.sendUdp(linux, 1);
        LinuxFrames.assertChecksums(LinuxFrames.awaitOne(link, received, LinuxFrames::isUdp));
        assertThat(link.counters().get(LinkCounter.CHECKSUMS_COMPLETED)).isEqualTo(1);
        assertThat(link.counters().get(LinkCounter.UNUSABLE_FRAMES)).isZero();
    }

    /** UDP_SEGMENT (udp(7)): one call of the sender, one frame on the veth pair, ten datagrams on the wire. */
    @Test
    void aLongFrameThatLinuxLeftToItsInterfaceIsCut() throws Exception {
        LinuxFrames.introduce(link, received);
        linux.call(() -> {
            try (Arena arena = Arena.ofConfined()) {
                sendSegmented(new SystemCalls(arena), arena);
            }
            return null;
        });
        for (int i = 0; i < 10; i++) {
            byte[] frame = LinuxFrames.awaitOne(link, received, LinuxFrames::isUdp);
            assertThat(frame).hasSize(42 + (i < 9 ? 1_000 : 500));
            assertThat(frame[42]).isEqualTo((byte) i);
            LinuxFrames.assertChecksums(frame);
        }
        assertThat(link.counters().get(LinkCounter.FRAMES_SEGMENTED)).isEqualTo(1);
        assertThat(link.counters().get(LinkCounter.UNUSABLE_FRAMES)).isZero();
    }

    private static void sendSegmented(SystemCalls calls, Arena arena) throws IOException {
        int socket = SystemCalls.check(calls.socket(2, 2, 0), "socket");
        MemorySegment segmentBytes = arena.allocateFrom(ValueLayout.JAVA_INT, 1_000);
        SystemCalls.check(calls.setOption(socket, 17, 103, segmentBytes), "UDP_SEGMENT");
        // struct sockaddr_in: 192.0.2.2 port 9.
        MemorySegment peer = arena.allocateFrom(
                ValueLayout.JAVA_BYTE, new byte[] {2, 0, 0, 9, (byte) 192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0});
        SystemCalls.check(LinuxFrames.connect(socket, peer), "connect");
        MemorySegment data = arena.allocate(9_500);
        for (int i = 0; i < 10; i++) {
            data.set(ValueLayout.JAVA_BYTE, i * 1_000L, (byte) i);
        }
        assertThat(calls.write(socket, data.address(), data.byteSize())).isEqualTo(9_500);
        SystemCalls.close(socket);
    }

    /** The machine's own traffic leaves by the interface as ours does: neither is heard here. */
    @Test
    void whatLeavesIsNotHeard() throws Exception {
        LinuxFrames.introduce(link, received);
        Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 100));
        here.call(() -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                channel.send(ByteBuffer.allocate(1), new InetSocketAddress("203.0.113.2", 9));
            }
            return null;
        });
        received.takeAll(link);
        LinuxFrames.sendUdp(linux, 1);
        LinuxFrames.awaitOne(link, received, frame -> {
            assertThat(LinuxFrames.isUdp(frame)).isTrue();
            return true;
        });
    }

    /** IEEE 802.1Q: the kernel would hand this one over without its tag. */
    @Test
    void framesOfAVlanAreLeftOut() throws Exception {
        LinuxFrames.introduce(link, received);
        byte[] tagged = Frames.frame(Frames.A, Frames.B, 1, 100);
        tagged[12] = (byte) 0x81;
        tagged[13] = 0;
        byte[] untagged = Frames.frame(Frames.A, Frames.B, 2, 100);
        try (InterfaceLink other =
                linux.call(() -> InterfaceLink.openBridge(new InterfaceName(inner), Frames.B, MTU))) {
            Frames.send(other, tagged);
            Frames.send(other, untagged);
        }
        assertThat(LinuxFrames.awaitOne(link, received, frame -> true)).isEqualTo(untagged);
    }

    @Test
    void anInterfaceThatGoesDownIsCountedAndComesUpAgain() throws Exception {
        LinuxFrames.introduce(link, received);
        here.ip("link", "set", outer, "down");
        while (link.counters().get(LinkCounter.INTERFACE_DOWN) == 0) {
            assertThat(link.await(20_000_000_000L)).isTrue();
            link.poll(received, 1);
        }
        received.takeAll(link);
        assertThat(link.await(0)).as("does not spin").isFalse();
        Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 60));
        assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
        here.ip("link", "set", outer, "up");
        LinuxFrames.introduce(link, received);
        assertThat(link.counters().get(LinkCounter.INTERFACE_DOWN)).isEqualTo(1);
    }

    /** As when a container is taken off its network and put on it again. */
    @Test
    void anotherInterfaceOfItsSubnetIsJoinedWhenTheFirstHasGone() throws Exception {
        link.close();
        here.call(() -> {
            link = InterfaceLink.openBridge(Ipv4Subnet.parse("203.0.113.0/24"), Frames.A, MTU);
            here.ip("link", "delete", outer);
            String other = Namespace.newName();
            while (link.counters().get(LinkCounter.INTERFACE_DOWN) == 0) {
                assertThat(link.await(20_000_000_000L)).isTrue();
                link.poll(received, 1);
            }
            here.veth(linux, other, inner, "192.0.2.1/24");
            assertThat(link.await(600_000_000L))
                    .as("nothing there has the subnet")
                    .isFalse();
            Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 60));
            assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
            here.ip("address", "add", "203.0.113.7/24", "dev", other);
            while (!link.await(600_000_000L)) {
                LinuxFrames.sendUdp(linux, 1);
            }
            return null;
        });
        LinuxFrames.introduce(link, received);
        assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
    }

    @Test
    void aDeletedInterfaceDoesNotSpin() throws Exception {
        here.ip("link", "delete", outer);
        received.takeAll(link);
        received.takeAll(link);
        assertThat(link.await(0)).isFalse();
        Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 60));
        assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
        link.wakeUp();
        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
    }

    @Test
    void framesThatTheKernelHadNoRoomForAreCounted() throws Exception {
        LinuxFrames.introduce(link, received);
        LinuxFrames.sendUdp(linux, FRAMES_TO_OVERFLOW);
        int taken = received.takeAll(link).size();
        assertThat(taken).isGreaterThan(100);
        assertThat(link.counters().get(LinkCounter.DROPPED_QUEUE_FULL)).isEqualTo(FRAMES_TO_OVERFLOW - taken);
    }

    @Test
    void aFrameLeavesNoGarbage() throws Exception {
        LinuxFrames.introduce(link, received);
        byte[] request = LinuxFrames.arpRequest(Frames.A, LinuxFrames.STATION, LinuxFrames.LINUX);
        Garbage.assertNone(20_000, () -> {
            Frames.send(link, request);
            link.await(LinkEnd.FOREVER);
            link.poll((memory, offset, length) -> {}, 64);
        });
    }

    @Test
    void whatCannotBeJoinedIsNamed() throws Exception {
        String missing = Namespace.newName();
        assertRefused(missing, MTU, "there is no interface " + missing + " in this network namespace");
        assertRefused("lo", MTU, "interface lo is not an Ethernet one");
        assertRefused(
                outer, 9000, "interface " + outer + " has an MTU of 1500 bytes, less than the 9000 of this station");
        assertThatThrownBy(() -> Privileges.without(
                        Privileges.NET_RAW, () -> InterfaceLink.openBridge(new InterfaceName(outer), Frames.A, MTU)))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessage("no permission for a packet socket on " + outer + ": that needs CAP_NET_RAW");
    }

    private void assertRefused(String name, int mtuBytes, String reason) {
        assertThatThrownBy(() -> here.call(() -> InterfaceLink.openBridge(new InterfaceName(name), Frames.B, mtuBytes)))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessage(reason);
    }
}
