package org.machbed.link;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.Ipv4Address;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 5227 section 2.4: a host that detects a conflict should log it, and must not be made to do nothing else. */
class ConflictLogTest {
    private static final int OURS = Ipv4Address.parse("192.0.2.1");

    private final ConflictLog log = new ConflictLog(Frames.A);

    private void claims(int times, long firstNs, long apartNs) {
        for (int i = 0; i < times; i++) {
            log.onConflict(OURS, Frames.C.bits(), firstNs + i * apartNs);
        }
    }

    @Test
    void aConflictNamesTheAddressAndBothStations() {
        assertThat(Logged.during(ConflictLog.class, () -> claims(1, -5, 0)))
                .containsExactly(
                        "WARN station 02:00:00:00:00:0c claims 192.0.2.1, which is the address of 02:00:00:00:00:0a:"
                                + " two hosts of one address (0 more claims before)");
    }

    @Test
    void claimsWithoutEndAreOneLineInTenSeconds() {
        List<String> logged = Logged.during(ConflictLog.class, () -> claims(1_000, 0, ConflictLog.INTERVAL_NS / 400));
        assertThat(logged).hasSize(3);
        assertThat(logged.get(1)).endsWith("(399 more claims before)");
        assertThat(logged.get(2)).endsWith("(399 more claims before)");
    }
}
