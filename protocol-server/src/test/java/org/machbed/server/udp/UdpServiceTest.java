package org.machbed.server.udp;

import java.util.concurrent.BlockingQueue;
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

import static org.assertj.core.api.Assertions.assertThat;

/** The service without its front end. */
@Timeout(30)
class UdpServiceTest {
    private static final StackConfiguration CONFIGURATION =
            new StackConfiguration(new MacAddress(0x020000000001L), 0xC0000201, 24, 0, 1500, 7, true);

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
}
