package org.machbed.link.linux;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.link.Frames;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Three stations, each in a namespace of its own as in a container, on a Linux bridge that floods every frame to all its ports. */
@Timeout(60)
class BridgeStationsTest {
    private static final int MTU = 1500;
    private static final List<MacAddress> STATIONS = List.of(Frames.A, Frames.B, Frames.C);

    private final List<Namespace> namespaces = new ArrayList<>();
    private final List<InterfaceLink> links = new ArrayList<>();
    private final Frames received = new Frames();

    @BeforeEach
    void open() throws Exception {
        Namespace.assumePossible();
        Namespace middle = namespace();
        // One that snoops on multicasts would say so, to all on it.
        middle.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
        middle.ip("link", "set", "br0", "up");
        for (int i = 0; i < STATIONS.size(); i++) {
            Namespace own = namespace();
            String port = "port" + i;
            middle.veth(own, port, "eth" + i, "10.151.255." + (i + 1) + "/16");
            middle.ip("link", "set", port, "master", "br0");
            // A hub: the bridge forgets who is where.
            middle.ip("link", "set", port, "type", "bridge_slave", "learning", "off");
            MacAddress station = STATIONS.get(i);
            links.add(own.call(() -> InterfaceLink.openBridge(Ipv4Subnet.parse("10.151.0.0/16"), station, MTU)));
        }
        introduce();
    }

    private Namespace namespace() throws IOException, InterruptedException {
        Namespace made = new Namespace();
        namespaces.add(made);
        return made;
    }

    /** Until everybody hears everybody: a port that was set up just now drops for a while. */
    private void introduce() {
        for (InterfaceLink from : links) {
            byte[] hello = Frames.frame(MacAddress.BROADCAST, from.address(), 1, 60);
            for (InterfaceLink to : links) {
                for (int i = 0; to != from && i < 100; i++) {
                    Frames.send(from, hello);
                    if (to.await(200_000_000L)) {
                        break;
                    }
                    assertThat(i).as("%s is not heard", from.address()).isLessThan(99);
                }
            }
        }
        for (InterfaceLink link : links) {
            while (link.await(100_000_000L)) {
                received.takeAll(link);
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        links.forEach(InterfaceLink::close);
        for (Namespace namespace : namespaces) {
            namespace.close();
        }
    }

    @Test
    void aThirdStationIsNotWokenByFramesForAnother() {
        InterfaceLink a = links.get(0);
        InterfaceLink b = links.get(1);
        InterfaceLink c = links.get(2);
        long before = c.counters().get(LinkCounter.FRAMES_RECEIVED);
        int frames = 100;
        for (int i = 0; i < frames; i++) {
            byte[] frame = Frames.frame(Frames.B, Frames.A, i, 100);
            Frames.send(a, frame);
            assertThat(LinuxFrames.awaitOne(b, received, any -> true)).isEqualTo(frame);
        }
        // Behind them all: when this is here, those would be.
        byte[] toAll = Frames.frame(MacAddress.BROADCAST, Frames.A, 1, 100);
        Frames.send(a, toAll);
        assertThat(c.await(20_000_000_000L)).isTrue();
        assertThat(received.takeAll(c)).containsExactly(toAll);
        assertThat(c.await(0)).isFalse();
        assertThat(c.counters().get(LinkCounter.FRAMES_RECEIVED) - before).isEqualTo(1);
    }

    @Test
    void everyFilteredByteOfTheAddressCounts() {
        InterfaceLink a = links.get(0);
        InterfaceLink c = links.get(2);
        for (int bit = 0; bit < 48; bit++) {
            // All but the bit of groups, which is the eighth on the left.
            if (bit != 40) {
                Frames.send(a, Frames.frame(new MacAddress(Frames.C.bits() ^ 1L << bit), Frames.A, bit, 60));
            }
        }
        byte[] mine = Frames.frame(Frames.C, Frames.A, 1, 60);
        byte[] group = Frames.frame(MacAddress.parse("01:00:5e:00:00:01"), Frames.A, 1, 60);
        Frames.send(a, mine);
        Frames.send(a, group);
        assertThat(LinuxFrames.awaitOne(c, received, any -> true)).isEqualTo(mine);
        assertThat(LinuxFrames.awaitOne(c, received, any -> true)).isEqualTo(group);
    }

    @Test
    void aSubnetThatIsNotOnExactlyOneInterfaceIsRefusedNamingWhatIsThere() throws Exception {
        Namespace own = namespaces.get(1);
        assertRefused(
                own,
                "192.0.2.0/24",
                "no interface of this network namespace has an address in 192.0.2.0/24: there is eth0 (10.151.255.1), "
                        + "lo (127.0.0.1)");
        own.ip("address", "add", "10.151.0.9/16", "dev", "lo");
        assertRefused(
                own,
                "10.151.0.0/16",
                "2 addresses are in 10.151.0.0/16, and one is wanted: eth0 (10.151.255.1), lo (10.151.0.9)");
    }

    private static void assertRefused(Namespace own, String subnet, String reason) {
        assertThatThrownBy(() -> own.call(() -> InterfaceLink.openBridge(Ipv4Subnet.parse(subnet), Frames.A, MTU)))
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessage(reason);
    }

    @Test
    void theWaitGoesOnWhileOthersTalk() throws Exception {
        InterfaceLink c = links.get(2);
        Thread waiter = Thread.ofPlatform().start(() -> c.await(LinkEnd.FOREVER));
        for (int i = 0; i < 50; i++) {
            Frames.send(links.get(0), Frames.frame(Frames.B, Frames.A, i, 100));
            LinuxFrames.awaitOne(links.get(1), received, any -> true);
        }
        assertThat(waiter.isAlive()).isTrue();
        c.wakeUp();
        waiter.join();
    }
}
