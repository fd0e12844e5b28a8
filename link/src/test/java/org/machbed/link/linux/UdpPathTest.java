package org.machbed.link.linux;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.link.Frames;
import org.machbed.link.LinkEnd;

import static org.assertj.core.api.Assertions.assertThat;

/** A UDP wire between two Linux hosts, over an Ethernet whose packets have 1,500 bytes. */
@Timeout(60)
class UdpPathTest {
    /** 1,500 bytes less the headers of IPv4, UDP and Ethernet. */
    private static final int WHOLE_MTU = 1_458;

    private Namespace here;
    private Namespace there;

    @BeforeEach
    void open() throws Exception {
        Namespace.assumePossible();
        here = new Namespace();
        there = new Namespace();
        String outer = Namespace.newName();
        here.veth(there, outer, Namespace.newName(), "192.0.2.1/24");
        here.ip("address", "add", "192.0.2.2/24", "dev", outer);
    }

    @AfterEach
    void close() throws Exception {
        for (Namespace namespace : new Namespace[] {here, there}) {
            if (namespace != null) {
                namespace.close();
            }
        }
    }

    @Test
    void framesTravelWholeWhereThePathHasRoomForTheirHeaders() throws Exception {
        assertThat(fragmentsOf(WHOLE_MTU)).isZero();
    }

    @Test
    void longerFramesTravelInFragmentsAndArriveWhole() throws Exception {
        assertThat(fragmentsOf(WHOLE_MTU + 42)).as("two for each of ten").isEqualTo(20);
    }

    /** How many fragments (RFC 791) ten full frames became. */
    private int fragmentsOf(int mtuBytes) throws Exception {
        UdpEndpoint one = new UdpEndpoint("192.0.2.0/24", 7410);
        UdpEndpoint other = new UdpEndpoint("192.0.2.1", 7410);
        try (InterfaceLink a = here.call(() -> InterfaceLink.openUdp(one, List.of(other), Frames.A, mtuBytes));
                InterfaceLink b = there.call(() -> InterfaceLink.openUdp(
                        other, List.of(new UdpEndpoint("192.0.2.2", 7410)), Frames.B, mtuBytes))) {
            Frames received = new Frames();
            for (int i = 0; i < 10; i++) {
                byte[] frame = Frames.frame(Frames.B, Frames.A, i, LinkEnd.HEADER_BYTES + mtuBytes);
                Frames.send(a, frame);
                assertThat(LinuxFrames.awaitOne(b, received, any -> true)).isEqualTo(frame);
            }
        }
        // Two lines of "Ip:", names and values (Documentation/networking/snmp_counter of Linux).
        List<String> lines = here.exec("cat", "/proc/net/snmp").lines().limit(2).toList();
        int column = List.of(lines.get(0).split(" ", -1)).indexOf("FragCreates");
        return Integer.parseInt(lines.get(1).split(" ", -1)[column]);
    }
}
