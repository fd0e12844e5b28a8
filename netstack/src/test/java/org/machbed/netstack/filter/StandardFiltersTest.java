package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StandardFiltersTest {
    private static final int LOCAL = 0xC0000201;
    private static final int REMOTE = 0xC0000202;
    private static final int SUBNET_BROADCAST = 0xC00002FF;
    private static final int OTHER = 0xC0000203;
    private static final int TCP = 6;
    private static final int MORE_FRAGMENTS = 0x2000;

    private final FilterMachine machine = new FilterMachine();

    @Test
    void arp() {
        PacketFilter filter = SampleFilters.arp(1);
        assertThat(matches(filter, Frames.arp())).isTrue();
        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 1, 2))).isFalse();
    }

    @Test
    void ipv4ToOurAddressAndBroadcasts() {
        PacketFilter filter = SampleFilters.ipv4To(LOCAL, 24, 1);
        assertThat(matches(filter, Frames.ipv4(LOCAL, TCP, 0, 1, 2))).isTrue();
        assertThat(matches(filter, Frames.ipv4(-1, Frames.UDP, 0, 1, 2))).isTrue();
        assertThat(matches(filter, Frames.ipv4(SUBNET_BROADCAST, Frames.UDP, 0, 1, 2)))
                .isTrue();
        assertThat(matches(filter, Frames.ipv4(OTHER, Frames.UDP, 0, 1, 2))).isFalse();
        assertThat(matches(filter, Frames.ipv4(0xC0010201, Frames.UDP, 0, 1, 2)))
                .isFalse();
        assertThat(matches(filter, Frames.arp())).isFalse();
    }

    @Test
    void aPointToPointPrefixHasNoBroadcastAddress() {
        // RFC 3021: both addresses of a /31 are hosts.
        PacketFilter filter = SampleFilters.ipv4To(0xC0000202, 31, 1);
        assertThat(matches(filter, Frames.ipv4(0xC0000203, Frames.UDP, 0, 1, 2)))
                .isFalse();
        assertThat(matches(filter, Frames.ipv4(0xC0000202, Frames.UDP, 0, 1, 2)))
                .isTrue();
        assertThat(matches(SampleFilters.ipv4To(LOCAL, 0, 1), Frames.ipv4(-1, Frames.UDP, 0, 1, 2)))
                .isTrue();
    }

    @Test
    void ipv4FamilyIsArpAndIpv4() {
        PacketFilter filter = StandardFilters.ipv4Family(LOCAL, 24, 1);
        assertThat(matches(filter, Frames.arp())).isTrue();
        assertThat(machine.instructionsExecuted()).isEqualTo(2);
        assertThat(matches(filter, Frames.ipv4(LOCAL, TCP, 0, 1, 2))).isTrue();
        // Ethernet type twice, then one comparison of two words: 2 + 2 + 6.
        assertThat(machine.instructionsExecuted()).isEqualTo(2 + 10);
        assertThat(matches(filter, Frames.ipv4(OTHER, TCP, 0, 1, 2))).isFalse();
    }

    @Test
    void udpPort() {
        PacketFilter filter = SampleFilters.udpPort(LOCAL, 5001, 1);
        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 9, 5001))).isTrue();
        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, MORE_FRAGMENTS, 9, 5001)))
                .isTrue();
        assertThat(matches(filter, Frames.udpWithOptions(LOCAL, 10, 9, 5001))).isTrue();

        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 5001, 9))).isFalse();
        assertThat(matches(filter, Frames.ipv4(LOCAL, TCP, 0, 9, 5001))).isFalse();
        assertThat(matches(filter, Frames.ipv4(OTHER, Frames.UDP, 0, 9, 5001))).isFalse();
        assertThat(matches(filter, Frames.arp())).isFalse();
    }

    @Test
    void fragmentsAfterTheFirstHaveNoPorts() {
        MemorySegment fragment = Frames.ipv4(LOCAL, Frames.UDP, 185, 9, 5001);
        assertThat(matches(SampleFilters.udpPort(LOCAL, 5001, 1), fragment)).isFalse();
        assertThat(matches(SampleFilters.ipv4To(LOCAL, 24, 1), fragment)).isTrue();
    }

    @Test
    void udpSession() {
        PacketFilter filter = SampleFilters.udpSession(LOCAL, 5001, REMOTE, 9, 1);
        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 9, 5001))).isTrue();
        assertThat(matches(filter, Frames.udpWithOptions(LOCAL, 1, 9, 5001))).isTrue();

        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 8, 5001))).isFalse();
        assertThat(matches(filter, Frames.ipv4(LOCAL, Frames.UDP, 0, 9, 5002))).isFalse();
        assertThat(matches(filter, Frames.ipv4(OTHER, Frames.UDP, 0, 9, 5001))).isFalse();
        assertThat(matches(SampleFilters.udpSession(LOCAL, 5001, OTHER, 9, 1), Frames.ipv4(LOCAL, 17, 0, 9, 5001)))
                .isFalse();
    }

    @Test
    void everyTruncationOfAFrameIsRefusedWithoutAnError() {
        PacketFilter filter = SampleFilters.udpPort(LOCAL, 5001, 1);
        MemorySegment frame = Frames.ipv4(LOCAL, Frames.UDP, 0, 9, 5001);
        for (int length = 0; length < 14 + 20 + 4; length++) {
            assertThat(filter.matches(frame, 0, length, machine))
                    .as("%d bytes", length)
                    .isFalse();
        }
        assertThat(machine.readsBeyondFrame()).isPositive();
    }

    @Test
    void whatDoesNotExistIsRefused() {
        assertThatThrownBy(() -> SampleFilters.udpPort(LOCAL, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SampleFilters.udpPort(LOCAL, 65536, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SampleFilters.ipv4To(LOCAL, 33, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SampleFilters.arp(256)).isInstanceOf(IllegalArgumentException.class);
    }

    private boolean matches(PacketFilter filter, MemorySegment frame) {
        return filter.matches(frame, 0, (int) frame.byteSize(), machine);
    }
}
