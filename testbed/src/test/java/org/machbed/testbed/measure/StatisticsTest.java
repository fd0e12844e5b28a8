package org.machbed.testbed.measure;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class StatisticsTest {
    @Test
    void theIntervalOfAMeanIsStudents() {
        // Mean 3, standard deviation 1.5811, standard error 0.7071, t(4) = 2.776.
        Interval interval = Statistics.intervalOfMean(1, 2, 3, 4, 5);

        assertThat(interval.value()).isEqualTo(3);
        assertThat(interval.low()).isCloseTo(3 - 1.963, within(0.001));
        assertThat(interval.high()).isCloseTo(3 + 1.963, within(0.001));
    }

    @Test
    void oneRoundSaysNothingOfItsSpread() {
        Interval interval = Statistics.intervalOfMean(7);

        assertThat(interval.value()).isEqualTo(7);
        assertThat(interval.low()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(interval.high()).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void driftThatBefallsBothRowsCancels() {
        double[] reference = {100, 150, 225, 130};
        double[] twice = {200, 300, 450, 260};

        Interval ratio = Statistics.intervalOfRatio(twice, reference);

        assertThat(ratio.value()).isCloseTo(2, within(1e-9));
        assertThat(ratio.high() - ratio.low()).isLessThan(1e-9);
    }

    @Test
    void aRatioAndItsInverseAreTheSameStatement() {
        double[] one = {100, 110, 95, 102};
        double[] other = {120, 125, 123, 118};

        Interval ratio = Statistics.intervalOfRatio(one, other);
        Interval inverse = Statistics.intervalOfRatio(other, one);

        assertThat(ratio.value() * inverse.value()).isCloseTo(1, within(1e-9));
        assertThat(ratio.low() * inverse.high()).isCloseTo(1, within(1e-9));
    }

    @Test
    void theNoiseFloorIsHowFarTheSameMayComeOutApart() {
        assertThat(Statistics.noiseFloor(new Interval(0.98, 1.0, 1.01))).isCloseTo(0.0202, within(0.0001));
    }

    @Test
    void mediansOfEvenAndOddNumbers() {
        assertThat(Statistics.median(3, 1, 2)).isEqualTo(2);
        assertThat(Statistics.median(4, 1, 2, 3)).isEqualTo(2.5);
    }

    @Test
    void quantilesComeDownToTheNormalOnes() {
        assertThat(Statistics.t95(1)).isEqualTo(12.706);
        assertThat(Statistics.t95(30)).isEqualTo(2.042);
        assertThat(Statistics.t95(1000)).isBetween(1.960, 1.963);
    }
}
