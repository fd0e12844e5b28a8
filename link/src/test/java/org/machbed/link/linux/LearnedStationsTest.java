package org.machbed.link.linux;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** IEEE 802.1Q clause 8.7: learning where stations are. */
class LearnedStationsTest {
    private static final long STATION = 0x0200_0000_000AL;

    private final LearnedStations stations = new LearnedStations();

    @Test
    void nobodyIsKnownAtFirst() {
        assertThat(stations.peerOf(STATION)).isEqualTo(LearnedStations.UNKNOWN);
        assertThat(stations.peerOf(0)).isEqualTo(LearnedStations.UNKNOWN);
    }

    @Test
    void aStationThatMovesIsFoundAtItsNewPlace() {
        stations.learn(STATION, 0);
        assertThat(stations.peerOf(STATION)).isZero();
        stations.learn(STATION, 63);
        assertThat(stations.peerOf(STATION)).isEqualTo(63);
        stations.learn(STATION, 0);
        assertThat(stations.peerOf(STATION)).isZero();
    }

    @Test
    void fewStationsAreAllKnown() {
        for (int i = 0; i < 64; i++) {
            stations.learn(STATION + i, i);
        }
        for (int i = 0; i < 64; i++) {
            assertThat(stations.peerOf(STATION + i)).isEqualTo(i);
        }
    }

    /** Somebody who invents stations displaces some, and fills no memory; none is ever found at a wrong place. */
    @Test
    void moreStationsThanPlacesDisplaceOthers() {
        int many = 100_000;
        for (int i = 0; i < many; i++) {
            stations.learn(STATION + i, i % 64);
        }
        int known = 0;
        for (int i = 0; i < many; i++) {
            int peer = stations.peerOf(STATION + i);
            if (peer != LearnedStations.UNKNOWN) {
                assertThat(peer).isEqualTo(i % 64);
                known++;
            }
        }
        assertThat(known).isBetween(LearnedStations.PLACES / 2, LearnedStations.PLACES);
        stations.learn(STATION, 7);
        assertThat(stations.peerOf(STATION)).isEqualTo(7);
    }
}
