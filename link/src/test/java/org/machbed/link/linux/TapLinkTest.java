package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.link.Frames;
import org.machbed.link.Garbage;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.link.FrameBuffer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A TAP device with Linux at its other end. */
@Timeout(60)
class TapLinkTest {
    private static final int MTU = 1500;

    private final InterfaceName device = new InterfaceName(Namespace.newName());
    private Namespace linux;
    private InterfaceLink link;
    private final Frames received = new Frames();

    @BeforeEach
    void open() throws Exception {
        Namespace.assumePossible();
        linux = new Namespace();
        link = linux.call(() -> InterfaceLink.openTap(device, Frames.A, MTU));
        linux.ip("address", "add", "192.0.2.1/24", "dev", device.text());
    }

    @AfterEach
    void close() throws Exception {
        if (linux != null) {
            if (link != null) {
                link.close();
            }
            linux.close();
        }
    }

    @Test
    void aMissingDeviceIsMadeSetUpAndGoesWithTheLink() throws Exception {
        assertThat(linux.ip("-details", "link", "show", device.text()))
                .contains("mtu " + MTU, "tun type tap pi off vnet_hdr off persist off")
                .containsPattern("<[A-Z,_]*\\bUP\\b");
        link.close();
        assertThat(linux.ip("link")).doesNotContain(device.text());
    }

    @Test
    void linuxAnswersArp() {
        Frames.send(link, LinuxFrames.arpRequest(Frames.A, LinuxFrames.STATION, LinuxFrames.LINUX));
        assertThat(link.counters().get(LinkCounter.FRAMES_SENT)).isEqualTo(1);
        assertThat(link.counters().get(LinkCounter.BYTES_SENT)).as("padded").isEqualTo(60);
        byte[] reply = LinuxFrames.awaitOne(link, received, LinuxFrames::isArpReply);
        // RFC 826: the sender's addresses, then ours as the target.
        MemorySegment frame = MemorySegment.ofArray(reply);
        assertThat(reply).as("padded").hasSize(60);
        assertThat(frame.get(BigEndian.INT, 28)).isEqualTo(LinuxFrames.LINUX);
        assertThat(frame.get(BigEndian.LONG, 32)).isEqualTo(Frames.A.bits() << 16 | LinuxFrames.STATION >>> 16);
    }

    @Test
    void framesOfEveryLengthComeWholeAndWithTheirChecksums() throws Exception {
        LinuxFrames.introduce(link, received);
        linux.call(() -> {
            try (DatagramChannel channel = DatagramChannel.open()) {
                for (int i = 0; i <= MTU - 28; i += 92) {
                    channel.send(ByteBuffer.wrap(new byte[i]), new InetSocketAddress("192.0.2.2", 9));
                }
                return null;
            }
        });
        for (int i = 0; i <= MTU - 28; i += 92) {
            byte[] frame = LinuxFrames.awaitOne(link, received, LinuxFrames::isUdp);
            assertThat(frame).hasSize(Math.max(60, 42 + i));
            LinuxFrames.assertChecksums(frame);
        }
        assertThat(link.counters().get(LinkCounter.UNUSABLE_FRAMES)).isZero();
    }

    @Test
    void aDeviceThatIsDownDropsAndIsUpAgain() throws Exception {
        linux.ip("link", "set", device.text(), "down");
        Frames.send(link, LinuxFrames.arpRequest(Frames.A, LinuxFrames.STATION, LinuxFrames.LINUX));
        assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
        assertThat(link.counters().framesDropped()).isEqualTo(1);
        received.takeAll(link);
        assertThat(link.await(0)).as("does not spin").isFalse();
        linux.ip("link", "set", device.text(), "up");
        LinuxFrames.introduce(link, received);
    }

    @Test
    void aDeletedDeviceIsWaitedForNoLonger() throws Exception {
        linux.ip("link", "delete", device.text());
        while (link.counters().get(LinkCounter.INTERFACE_GONE) == 0) {
            link.await(LinkEnd.FOREVER);
            link.poll(received, 1);
        }
        received.takeAll(link);
        assertThat(link.await(1_000_000)).as("does not spin").isFalse();
        Frames.send(link, Frames.frame(Frames.B, Frames.A, 1, 60));
        assertThat(link.counters().get(LinkCounter.DROPPED_INTERFACE_DOWN)).isEqualTo(1);
        link.wakeUp();
        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
    }

    @Test
    void aWakeUpEndsTheWaitUnderWayOrTheNextOne() throws Exception {
        received.takeAll(link);
        link.wakeUp();
        link.wakeUp();
        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
        received.takeAll(link);
        assertThat(link.await(0)).as("both were one").isFalse();
        Thread waiter = Thread.ofPlatform().start(() -> link.await(LinkEnd.FOREVER));
        link.wakeUp();
        waiter.join();
    }

    @Test
    void aBudgetBoundsAPoll() throws Exception {
        LinuxFrames.introduce(link, received);
        LinuxFrames.sendUdp(linux, 5);
        assertThat(link.poll(received, 2)).isEqualTo(2);
        assertThat(link.await(0)).isTrue();
        assertThat(link.poll(received, 64)).isGreaterThanOrEqualTo(3);
    }

    @Test
    void nothingIsLent() {
        assertThat(link.keep(MemorySegment.NULL)).isEqualTo(LinkEnd.NONE);
        assertThatIllegalArgumentException().isThrownBy(() -> link.giveBack(0));
    }

    @Test
    void aFrameIsSentOnceAndFitsTheMtu() {
        assertThat(link.allocate(MTU + 15)).isNull();
        assertThat(link.counters().get(LinkCounter.DROPPED_OVERSIZE)).isEqualTo(1);
        FrameBuffer frame = Frames.lent(link.allocate(100));
        link.release(frame);
        assertThatIllegalArgumentException().isThrownBy(() -> link.transmit(frame));
        for (int i = 0; i < InterfaceSender.BUFFERS; i++) {
            Frames.lent(link.allocate(100));
        }
        assertThatThrownBy(() -> link.allocate(100)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aFrameLeavesNoGarbage() {
        LinuxFrames.introduce(link, received);
        byte[] request = LinuxFrames.arpRequest(Frames.A, LinuxFrames.STATION, LinuxFrames.LINUX);
        Garbage.assertNone(20_000, () -> {
            Frames.send(link, request);
            link.await(LinkEnd.FOREVER);
            link.poll((memory, offset, length) -> {}, 64);
        });
    }

    @Test
    void aSecondProcessFindsTheDeviceInUse() {
        assertRefused(device.text(), MTU, "TAP device " + device + " is in use by another process");
    }

    @Test
    void whatIsNoTapDeviceIsRefused() {
        assertRefused("lo", MTU, "interface lo is there, and no TAP device with a single queue");
    }

    @Test
    void anExistingDeviceIsTakenAsItStands() throws Exception {
        String existing = Namespace.newName();
        linux.ip("tuntap", "add", existing, "mode", "tap");
        assertRefused(
                existing,
                9000,
                "interface " + existing + " has an MTU of 1500 bytes, less than the 9000 of this station");
        linux.call(() -> InterfaceLink.openTap(new InterfaceName(existing), Frames.B, MTU))
                .close();
        assertThat(linux.ip("link", "show", existing)).contains("state DOWN");
    }

    @Test
    void aDeviceMadeForTheUserNeedsNoPrivilege() throws Exception {
        String theirs = Namespace.newName();
        linux.ip("tuntap", "add", theirs, "mode", "tap", "user", "0");
        linux.call(() -> Privileges.without(
                        Privileges.NET_ADMIN, () -> InterfaceLink.openTap(new InterfaceName(theirs), Frames.B, MTU)))
                .close();
    }

    @Test
    void anMtuThatTheDeviceCannotHaveIsNamed() {
        String missing = Namespace.newName();
        assertRefused(missing, 65_535, "interface " + missing + " takes no MTU of 65535 bytes: Invalid argument");
    }

    @Test
    void withoutPrivilegeTheRefusalSaysWhatIsNeeded() throws Exception {
        String missing = Namespace.newName();
        assertThatThrownBy(() -> Privileges.without(
                        Privileges.NET_ADMIN, () -> InterfaceLink.openTap(new InterfaceName(missing), Frames.A, MTU)))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("no permission for TAP device " + missing + ": that needs CAP_NET_ADMIN");
    }

    @Test
    void aKilledProcessLeavesNoDevice() throws Exception {
        String theirs = Namespace.newName();
        Process process = linux.start(TapHolder.command(theirs));
        assertThat(process.inputReader().readLine()).isEqualTo("READY");
        assertThat(linux.ip("link")).contains(theirs);
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(linux.ip("link")).doesNotContain(theirs);
    }

    private void assertRefused(String name, int mtuBytes, String reason) {
        assertThatThrownBy(() -> linux.call(() -> InterfaceLink.openTap(new InterfaceName(name), Frames.B, mtuBytes)))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(reason);
    }
}
