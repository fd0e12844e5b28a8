package org.machbed.server.unix;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;

import static org.assertj.core.api.Assertions.assertThat;

/** sblock, sbunlock and sbwakeup. */
@Timeout(60)
class BufferLockTest {
    private final Crossings crossings = Crossings.unshared();
    private final BsdKernel kernel = BsdKernel.boot(crossings);
    private final BufferLock buffer = new BufferLock(kernel);

    @Test
    void aSecondThreadSleepsUntilTheBufferIsUnlocked() throws Exception {
        int s = kernel.spl().splnet();
        buffer.lock();
        kernel.spl().splx(s);
        FutureTask<Integer> second = new FutureTask<>(() -> {
            int before = kernel.spl().splnet();
            buffer.lock();
            int level = kernel.spl().current();
            buffer.unlock();
            kernel.spl().splx(before);
            return level;
        });
        Thread.ofPlatform().daemon().start(second);
        while (kernel.sleepQueues().sleeping() == 0) {
            Thread.onSpinWait();
        }
        assertThat(second).isNotDone();
        s = kernel.spl().splnet();
        buffer.unlock();
        kernel.spl().splx(s);
        assertThat(second.get()).isEqualTo(Spl.NET);
        assertThat(crossings.value(Crossing.HAND_OFFS)).isEqualTo(1);
    }

    @Test
    void nobodyIsWokenWhereNobodyWaits() {
        int s = kernel.spl().splnet();
        buffer.lock();
        buffer.unlock();
        buffer.wakeup();
        kernel.spl().splx(s);
        assertThat(crossings.value(Crossing.HAND_OFFS)).isZero();
        assertThat(crossings.value(Crossing.SPLS)).isEqualTo(1);
    }
}
