package org.machbed.link;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.link.segment.SegmentLink;
import org.machbed.netstack.MacAddress;

import static org.assertj.core.api.Assertions.assertThat;

/** Who polls in vain sleeps, and polls again once that may be worth it. */
class PollingLinkTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @SuppressWarnings("NullAway.Init")
    private Looks looks;

    @SuppressWarnings("NullAway.Init")
    private PollingLink link;

    @BeforeEach
    void join() throws Exception {
        looks = new Looks(SegmentLink.join(directory.resolve("wire"), new MacAddress(0x0200_0000_0001L), 1500));
        link = new PollingLink(looks);
    }

    @AfterEach
    void leave() {
        link.close();
    }

    @Test
    void whatComesWhileItPollsIsFoundWithoutSleep() {
        link = new PollingLink(looks, LinkEnd.FOREVER);
        looks.foundAt = 40;

        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
        assertThat(looks.polls).isEqualTo(40);
        assertThat(looks.sleeps).isZero();
    }

    @Test
    void whoMayNotWaitLooksOnce() {
        assertThat(link.await(0)).isFalse();
        assertThat(looks.polls).isEqualTo(1);
        assertThat(looks.sleeps).isZero();
    }

    @Test
    void aWaitShorterThanThePollingDoesNotSleep() {
        assertThat(link.await(1_000)).isFalse();
        assertThat(looks.polls).isPositive();
        assertThat(looks.sleeps).isZero();
    }

    @Test
    void whoPollsInVainSleepsForTheRestOfItsTime() {
        assertThat(link.await(PollingLink.POLL_NS + 7)).isFalse();
        assertThat(looks.sleeps).isEqualTo(1);
        assertThat(looks.lastSleepNs).isEqualTo(7);
    }

    /** Of 1,000 waits for what is not there 1 + 1 + 1 + ... poll: after 0, 2, 4, ... 64 and then every 64 waits. */
    @Test
    void whoPollsInVainPollsMoreAndMoreSeldom() {
        int polling = 0;
        for (int i = 0; i < 1_000; i++) {
            long before = looks.polls;
            assertThat(link.await(LinkEnd.FOREVER)).isFalse();
            polling += looks.polls > before ? 1 : 0;
        }
        assertThat(looks.sleeps).isEqualTo(1_000);
        assertThat(polling).isEqualTo(1 + 6 + (1_000 - 1 - 126) / 64);
    }

    @Test
    void oneThatFindsPollsTheNextTimeToo() {
        for (int i = 0; i < 200; i++) {
            assertThat(link.await(LinkEnd.FOREVER)).isFalse();
        }
        looks.foundAt = looks.polls + 1;
        while (looks.polls < looks.foundAt) {
            boolean _ = link.await(LinkEnd.FOREVER);
        }
        long sleeps = looks.sleeps;
        looks.foundAt = looks.polls + 1;

        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
        assertThat(looks.sleeps).isEqualTo(sleeps);
    }

    @Test
    void aWakeUpEndsThePolling() {
        link.wakeUp();

        assertThat(link.await(LinkEnd.FOREVER)).isTrue();
        assertThat(looks.sleeps).isZero();
    }

    /** Counts looks, and does not sleep: nothing would wake it. */
    private static final class Looks extends LinkDecorator {
        private long polls;
        private long sleeps;
        private long lastSleepNs;

        /** The look that finds something; 0 for none. */
        private long foundAt;

        Looks(LinkEnd link) {
            super(link);
        }

        @Override
        public boolean await(long timeoutNs) {
            if (timeoutNs > 0) {
                sleeps++;
                lastSleepNs = timeoutNs;
                return false;
            }
            polls++;
            return polls == foundAt || super.await(0);
        }
    }
}
