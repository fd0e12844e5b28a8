package org.machbed.netstack.tcp;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 6298. */
class RttEstimatorTest {
    private static final long MS = 1_000_000L;

    private final RttEstimator estimator = new RttEstimator();

    /** Section 2.1. */
    @Test
    void isOneSecondBeforeAnyMeasurement() {
        assertThat(estimator.rtoNs()).isEqualTo(1000 * MS);
        assertThat(estimator.isMeasured()).isFalse();
        assertThat(estimator.smoothedNs()).isZero();
    }

    /** Section 2.2: SRTT = R, RTTVAR = R / 2, RTO = SRTT + max(G, K RTTVAR). */
    @Test
    void theFirstMeasurementCountsFully() {
        estimator.onSample(400 * MS);
        assertThat(estimator.smoothedNs()).isEqualTo(400 * MS);
        assertThat(estimator.variationNs()).isEqualTo(200 * MS);
        assertThat(estimator.rtoNs()).isEqualTo(1200 * MS);
    }

    /** Section 2.3: RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, before SRTT = 7/8 SRTT + 1/8 R'. */
    @Test
    void laterOnesCountByAnEighth() {
        estimator.onSample(400 * MS);
        estimator.onSample(800 * MS);
        assertThat(estimator.variationNs()).isEqualTo(250 * MS);
        assertThat(estimator.smoothedNs()).isEqualTo(450 * MS);
        assertThat(estimator.rtoNs()).isEqualTo(1450 * MS);
    }

    /** Section 2.4, with 200 ms above the round trip in place of 1 s; a caller may have the RFC's. */
    @Test
    void isNeverShort() {
        for (int i = 0; i < 100; i++) {
            estimator.onSample(MS);
        }
        assertThat(estimator.rtoNs()).isEqualTo(201 * MS);
        RttEstimator patient = new RttEstimator(1000 * MS);
        patient.onSample(0);
        assertThat(patient.rtoNs()).isEqualTo(1000 * MS);
    }

    /** Section 2.5. */
    @Test
    void isAtMostTwoMinutes() {
        estimator.onSample(Long.MAX_VALUE);
        assertThat(estimator.rtoNs()).isEqualTo(120_000 * MS);
        estimator.backOff();
        assertThat(estimator.rtoNs()).isEqualTo(120_000 * MS);
    }

    /** Section 5.5, and section 5: until a new measurement. */
    @Test
    void doublesWithEveryTimeout() {
        estimator.onSample(400 * MS);
        for (long rto = 1200 * MS; rto < 120_000 * MS; rto *= 2) {
            assertThat(estimator.rtoNs()).isEqualTo(rto);
            estimator.backOff();
        }
        for (int i = 0; i < 100; i++) {
            estimator.backOff();
        }
        assertThat(estimator.rtoNs()).isEqualTo(120_000 * MS);
        estimator.onSample(400 * MS);
        assertThat(estimator.rtoNs()).isEqualTo(1000 * MS);
        assertThat(estimator.backOffs()).isZero();
    }

    /** Section 5.7. */
    @Test
    void isThreeSecondsAfterALostSyn() {
        estimator.backOff();
        estimator.onEstablishedAfterLostSyn();
        assertThat(estimator.rtoNs()).isEqualTo(3000 * MS);
    }

    @Test
    void isMeasuredInSpiteOfALostSyn() {
        estimator.onSample(400 * MS);
        estimator.onEstablishedAfterLostSyn();
        assertThat(estimator.rtoNs()).isEqualTo(1200 * MS);
    }

    /** RFC 7323 appendix G: as much history with ten samples a round trip as with one. */
    @Test
    void manySamplesOfAFlightWeighAsMuchAsOne() {
        RttEstimator single = new RttEstimator();
        single.onSample(400 * MS);
        single.onSample(800 * MS);
        estimator.onSample(400 * MS);
        int samples = RttEstimator.expectedSamples(20 * 1460, 1460);
        assertThat(samples).isEqualTo(10);
        for (int i = 0; i < samples; i++) {
            estimator.onSample(800 * MS, samples);
        }
        assertThat(estimator.smoothedNs()).isBetween(440 * MS, single.smoothedNs());
        assertThat(RttEstimator.expectedSamples(0, 1460)).isEqualTo(1);
        assertThat(RttEstimator.expectedSamples(1, 1460)).isEqualTo(1);
        assertThat(RttEstimator.expectedSamples(2921, 1460)).isEqualTo(2);
    }
}
