package org.machbed.netstack.simulation;

import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Time goes on, or the world that it stands still in fails. */
class TimelineTest {
    private static final long START_NS = 7;

    private final Timeline timeline = new Timeline(START_NS, Sabotage.NONE);

    private void repeat(long afterNs) {
        timeline.schedule().at(timeline.nowNs() + afterNs, _ -> repeat(afterNs));
    }

    private void run() {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = timeline.step(List.of(), Long.MAX_VALUE);
        }
    }

    @Test
    void whatHappensAgainAtOnceStandsStill() {
        repeat(0);
        assertThatThrownBy(this::run).isInstanceOf(Violation.class).hasMessageContaining("time stands still");
        assertThat(timeline.nowNs()).isEqualTo(START_NS);
    }

    @Test
    void whatSendsFramesWithoutEndStandsStill() {
        timeline.schedule().at(START_NS, _ -> {
            for (int i = 0; i <= Timeline.MOST_AT_ONCE; i++) {
                timeline.count("host 1");
            }
        });
        assertThatThrownBy(this::run).isInstanceOf(Violation.class).hasMessage("time stands still at host 1");
    }

    @Test
    void whatHappensAgainAndAgainGoesOnForEver() {
        repeat(1);
        assertThatThrownBy(this::run).isInstanceOf(Violation.class).hasMessageContaining("it goes on and on");
    }

    @Test
    void nothingHappensAfterItsEnd() {
        repeat(10);
        assertThat(timeline.step(List.of(), START_NS + 10)).isTrue();
        assertThat(timeline.step(List.of(), START_NS + 19)).isFalse();
        assertThat(timeline.nowNs()).isEqualTo(START_NS + 10);
    }
}
