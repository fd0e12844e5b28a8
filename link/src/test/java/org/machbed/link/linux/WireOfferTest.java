package org.machbed.link.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.link.WireOffer;
import org.machbed.netstack.MacAddress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A wire that the kernel opens where it may, and a driver that has neither the network nor the privilege. */
@Timeout(60)
class WireOfferTest {
    private static final int MTU = 1500;

    @TempDir
    Path directory;

    private final String outer = Namespace.newName();
    private Namespace here;
    private Namespace linux;
    private HostDirectory host;

    @BeforeEach
    void open() throws Exception {
        Namespace.assumePossible();
        here = new Namespace();
        linux = new Namespace();
        here.veth(linux, outer, Namespace.newName(), "192.0.2.1/24");
        here.ip("address", "add", "203.0.113.1/24", "dev", outer);
        host = HostDirectory.create(directory.resolve("a"));
    }

    @AfterEach
    void close() throws Exception {
        for (Namespace namespace : new Namespace[] {here, linux}) {
            if (namespace != null) {
                namespace.close();
            }
        }
    }

    private WireOffer offer(String wire) throws InterruptedException {
        LinkSpecification specification = LinkSpecification.parse(wire);
        return here.call(() -> WireOffer.open(host, "server", specification, Frames.A, MTU));
    }

    /** In the machine's own namespace and without CAP_NET_RAW and CAP_NET_ADMIN, as a server has it. */
    private LinkEnd take(MacAddress address, int mtuBytes) throws InterruptedException, ExecutionException {
        LinkSpecification wire = LinkSpecification.parse("kernel:" + host.path());
        return Privileges.without(
                Privileges.NET_RAW,
                () -> Privileges.without(Privileges.NET_ADMIN, () -> wire.open(address, mtuBytes, null)));
    }

    private void drives(String wire) throws Exception {
        try (Crossings server = Crossings.create(host.crossings("server"));
                WireOffer offer = offer(wire);
                LinkEnd link = take(Frames.A, MTU)) {
            assertThat(server).isNotNull();
            assertThat(offer).isNotNull();
            LinuxFrames.introduce(link, new Frames());
            assertThat(link.counters().get(LinkCounter.FRAMES_SENT)).isPositive();
            assertThatThrownBy(() -> take(Frames.A, MTU))
                    .hasMessageContaining("it was taken before, or its owner has gone");
        }
    }

    @Test
    void aPacketSocketIsDrivenWithoutPrivilege() throws Exception {
        drives("bridge:203.0.113.0/24");
    }

    @Test
    void aTapDeviceIsDrivenWithoutPrivilegeAndGoesWithItsDriver() throws Exception {
        String device = Namespace.newName();
        try (Crossings server = Crossings.create(host.crossings("server"));
                WireOffer offer = offer("tap:" + device)) {
            assertThat(server).isNotNull();
            assertThat(offer).isNotNull();
            try (LinkEnd link = take(Frames.A, MTU)) {
                here.ip("address", "add", "192.0.2.1/24", "dev", device);
                LinuxFrames.introduce(link, new Frames());
            }
        }
        assertThat(here.ip("link")).doesNotContain(device);
    }

    @Test
    void impairmentsGoWithTheWire() throws Exception {
        try (Crossings server = Crossings.create(host.crossings("server"));
                WireOffer offer = offer("bridge:" + outer + ",loss=1,seed=3");
                LinkEnd link = take(Frames.A, MTU)) {
            assertThat(server).isNotNull();
            assertThat(offer).isNotNull();
            Frames.send(link, LinuxFrames.arpRequest(Frames.A, LinuxFrames.STATION, LinuxFrames.LINUX));
            assertThat(link.counters().get(LinkCounter.IMPAIRED_OUT_LOST)).isEqualTo(1);
            assertThat(link.counters().get(LinkCounter.FRAMES_SENT)).isZero();
        }
    }

    @Test
    void anEndOfAUdpWireKnowsItsPeers() throws Exception {
        UdpEndpoint kernel = new UdpEndpoint("203.0.113.1", 7410);
        UdpEndpoint peer = new UdpEndpoint("203.0.113.1", 7411);
        try (Crossings server = Crossings.create(host.crossings("server"));
                InterfaceLink other = here.call(() -> InterfaceLink.openUdp(peer, List.of(kernel), Frames.B, MTU));
                WireOffer offer = offer("udp:203.0.113.0/24:7410,peer=" + peer);
                LinkEnd link = take(Frames.A, MTU)) {
            assertThat(server).isNotNull();
            assertThat(offer).isNotNull();
            Frames received = new Frames();
            byte[] frame = Frames.frame(Frames.B, Frames.A, 1, 100);
            Frames.send(link, frame);
            assertThat(LinuxFrames.awaitOne(other, received, any -> true)).isEqualTo(frame);
            byte[] answer = Frames.frame(Frames.A, Frames.B, 2, 100);
            Frames.send(other, answer);
            assertThat(LinuxFrames.awaitOne(link, received, any -> true)).isEqualTo(answer);
        }
    }

    @Test
    void anotherStationIsRefused() throws Exception {
        try (Crossings server = Crossings.create(host.crossings("server"));
                WireOffer offer = offer("bridge:" + outer)) {
            assertThat(server).isNotNull();
            assertThat(offer).isNotNull();
            assertThatThrownBy(() -> take(Frames.B, MTU))
                    .rootCause()
                    .isInstanceOf(IOException.class)
                    .hasMessage("the kernel's wire is that of " + Frames.A + " with an MTU of 1500 bytes, the driver's "
                            + Frames.B + " with one of 1500");
        }
    }

    @Test
    void itIsForTheProcessThatTheKernelWasTold() throws Exception {
        try (WireOffer offer = offer("bridge:" + outer)) {
            assertThat(offer).isNotNull();
            assertThatThrownBy(() -> take(Frames.A, MTU))
                    .rootCause()
                    .isInstanceOf(IOException.class)
                    .hasMessage("the wire is for server, which has not started");
            // Another user's, so another process than ours.
            try (Crossings server = Crossings.create(host.crossings("server"))) {
                Files.setAttribute(host.crossings("server"), "unix:uid", 10001);
                assertThat(server).isNotNull();
                assertThatThrownBy(() -> take(Frames.A, MTU))
                        .rootCause()
                        .isInstanceOf(IOException.class)
                        .hasMessage("the wire is for server, which is user 10001 and not 0");
            }
        }
    }

    @Test
    void aSegmentIsNotHandedOver() {
        assertThatThrownBy(() -> offer("segment:" + directory.resolve("wire")))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is no open file that could be handed over");
    }
}
