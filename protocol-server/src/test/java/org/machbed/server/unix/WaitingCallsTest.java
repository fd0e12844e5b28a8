package org.machbed.server.unix;

import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

import static org.assertj.core.api.Assertions.assertThat;

/** Calls that sleep: bounded, woken by their channel, interrupted by their name and no other. */
@Timeout(60)
class WaitingCallsTest {
    private final BsdKernel kernel = BsdKernel.boot(Crossings.unshared());
    private final WaitingCalls calls = new WaitingCalls(kernel.sleepQueues(), 2);
    private final BufferLock buffer = new BufferLock(kernel);

    /** Sleeps at splnet until woken; answers the error that ended it, {@code null} for none. */
    private FutureTask<Errno> sleeping(CallName call) {
        int before = calls.now();
        FutureTask<Errno> task = new FutureTask<>(() -> {
            int s = kernel.spl().splnet();
            try {
                buffer.await(calls, call);
                return null;
            } catch (SocketLayerException e) {
                return e.errno();
            } finally {
                kernel.spl().splx(s);
            }
        });
        Thread.ofPlatform().daemon().start(task);
        while (calls.now() == before && !task.isDone()) {
            Thread.onSpinWait();
        }
        return task;
    }

    private void wakeup() {
        int s = kernel.spl().splnet();
        buffer.wakeup();
        kernel.spl().splx(s);
    }

    private boolean interrupt(CallName call) {
        int s = kernel.spl().splnet();
        boolean ended = calls.interrupt(call);
        kernel.spl().splx(s);
        return ended;
    }

    @Test
    void aCallTooManyIsRefusedAndARoomIsUsedAgain() throws Exception {
        FutureTask<Errno> first = sleeping(new CallName(1, 0));
        FutureTask<Errno> second = sleeping(new CallName(1, 0));
        assertThat(sleeping(new CallName(2, 0)).get()).isEqualTo(Errno.ENOBUFS);
        assertThat(calls.now()).isEqualTo(2);
        wakeup();
        assertThat(first.get()).isNull();
        assertThat(second.get()).isNull();
        assertThat(calls.now()).isZero();
        FutureTask<Errno> third = sleeping(new CallName(2, 0));
        wakeup();
        assertThat(third.get()).isNull();
    }

    @Test
    void anInterruptEndsTheCallOfItsSocketAndNumber() throws Exception {
        FutureTask<Errno> call = sleeping(new CallName(1, 5));
        assertThat(interrupt(new CallName(2, 5))).isFalse();
        assertThat(interrupt(new CallName(1, 6))).isFalse();
        assertThat(calls.now()).isEqualTo(1);
        assertThat(interrupt(new CallName(1, 5))).isTrue();
        assertThat(call.get()).isEqualTo(Errno.EINTR);
        assertThat(interrupt(new CallName(1, 5))).isFalse();
    }

    @Test
    void aCallWithoutANumberCannotBeInterrupted() throws Exception {
        FutureTask<Errno> call = sleeping(new CallName(1, 0));
        assertThat(interrupt(new CallName(1, 0))).isFalse();
        wakeup();
        assertThat(call.get()).isNull();
    }

    /** A client may give two calls one name; it harms its own interrupt only. */
    @Test
    void ofTwoCallsOfOneNameTheFirstIsInterrupted() throws Exception {
        FutureTask<Errno> first = sleeping(new CallName(1, 5));
        FutureTask<Errno> second = sleeping(new CallName(1, 5));
        assertThat(interrupt(new CallName(1, 5))).isTrue();
        assertThat(first.get()).isEqualTo(Errno.EINTR);
        assertThat(second.get()).isNull();
        assertThat(calls.now()).isZero();
    }
}
