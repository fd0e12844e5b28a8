package org.machbed.server.unix;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;

/** tsleep and wakeup: levels are left while asleep, no wake-up is lost. */
@Timeout(60)
class SleepQueuesTest {
    private final Crossings crossings = Crossings.unshared();
    private final Spl spl = new Spl(crossings);
    private final SleepQueues queues = new SleepQueues(spl, crossings);
    private final Object channel = new Object();

    /** Guarded by splnet, as a socket buffer is. */
    private int items;

    private int taken;

    @Test
    void aSleeperLeavesItsLevelAndHasItAgainWhenItWakes() throws Exception {
        Thread sleeper = Thread.ofPlatform().start(() -> {
            int s = spl.splnet();
            while (items == 0) {
                queues.tsleep(channel);
            }
            items--;
            taken = spl.current();
            spl.splx(s);
        });
        while (queues.sleeping() == 0) {
            Thread.onSpinWait();
        }
        int s = spl.splnet();
        items++;
        queues.wakeup(channel);
        assertThat(taken).isZero();
        spl.splx(s);
        sleeper.join();
        assertThat(taken).isEqualTo(Spl.NET);
        assertThat(crossings.value(Crossing.HAND_OFFS)).isEqualTo(1);
        assertThat(queues.sleeping()).isZero();
    }

    @Test
    void aWakeupOfAnotherChannelOrOfNobodyWakesNobody() {
        queues.wakeup(channel);
        assertThat(crossings.value(Crossing.HAND_OFFS)).isZero();
        assertThat(queues.tsleep(channel, 1_000)).isFalse();
        assertThat(queues.sleeping()).isZero();
        assertThat(spl.current()).isEqualTo(Spl.SPL0);
    }

    @Test
    void everyItemOfAProducerReachesAConsumerThatSleepsInBetween() throws Exception {
        int count = 20_000;
        Thread consumer = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < count; i++) {
                int s = spl.splnet();
                while (items == 0) {
                    queues.tsleep(channel);
                }
                items--;
                taken++;
                spl.splx(s);
            }
        });
        for (int i = 0; i < count; i++) {
            int s = spl.splnet();
            items++;
            queues.wakeup(channel);
            spl.splx(s);
        }
        consumer.join();
        assertThat(taken).isEqualTo(count);
        assertThat(items).isZero();
    }
}
