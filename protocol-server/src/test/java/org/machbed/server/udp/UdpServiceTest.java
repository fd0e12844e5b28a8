package org.machbed.server.udp;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.socket.Errno;

import static org.assertj.core.api.Assertions.assertThat;

/** The service without its front end. */
@Timeout(30)
class UdpServiceTest {
    private static final StackConfiguration CONFIGURATION =
            new StackConfiguration(new MacAddress(0x020000000001L), 0xC0000201, 24, 0, 1500, 7, true);

    /** A driver that has no memory for a frame. */
    private static final FrameOutput FULL = new FrameOutput() {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            return null;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    };

    /** A driver that fails with what nobody expects. */
    private static final FrameOutput BROKEN = new FrameOutput() {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            throw new IllegalStateException("the driver is broken");
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    };

    /** Without its timers a stack neither asks for an address again nor gives up a datagram that stays incomplete. */
    @Test
    void theEndOfTheTimersIsTold() throws InterruptedException {
        BlockingQueue<String> failures = new LinkedBlockingQueue<>();
        try (UdpService service = new UdpService(CONFIGURATION, BROKEN, Crossings.unshared(), System::nanoTime)) {
            service.start(failures::add);
            assertThat(failures.poll(20, TimeUnit.SECONDS))
                    .contains("the thread of the protocols' timers", "the driver is broken");
        }
        assertThat(failures).isEmpty();
    }

    /** On one CPU, a caller that is woken under the lock runs into it at once. */
    @Test
    void aCallerIsWokenWhenTheLockIsFree() throws Exception {
        try (UdpService service = new UdpService(CONFIGURATION, FULL, Crossings.unshared(), System::nanoTime)) {
            int socket = service.socket();
            service.bind(socket, 0, 7);
            int other = service.socket();
            BlockingQueue<Long> answers = new LinkedBlockingQueue<>();
            service.receive(socket, new AsksAnotherThread(() -> answers.add(service.localAddress(other))), true);
            service.close(socket);
            assertThat(answers).containsExactly(0L);
        }
    }

    /** A receive whose caller, when woken, has another thread call the service and waits for that. */
    private record AsksAnotherThread(Callable<?> call) implements PendingReceive {
        @Override
        public int room() {
            return 0;
        }

        @Override
        public void complete(long header, MemorySegment memory, long offset, int copiedBytes) {
            throw new AssertionError("nothing was sent");
        }

        @Override
        public void fail(Errno errno) {
            assertThat(errno).isEqualTo(Errno.EBADF);
        }

        @Override
        public void wake() {
            FutureTask<?> task = new FutureTask<>(call);
            Thread.ofPlatform().daemon().start(task);
            try {
                task.get(10, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new AssertionError("another thread did not get the lock", e);
            }
        }
    }
}
