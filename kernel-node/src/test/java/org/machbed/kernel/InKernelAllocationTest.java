package org.machbed.kernel;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.proto.trap.TrapNumber;

import static org.assertj.core.api.Assertions.assertThat;

/** Round trips leave no garbage on any thread that they pass, and cross the same boundaries each time. */
@Timeout(120)
class InKernelAllocationTest {
    private static final int PORT = 5001;
    private static final int WARM_UP = 20_000;
    private static final int MEASURED = 20_000;
    private static final int ROOM = 1_472;

    /**
     * Bytes an operation, of all threads together. The smallest object takes 16, so an object per packet shows; what the
     * compilers have not got to yet, or a timer's first call, does not.
     */
    private static final double TOLERATED_BYTES = 2;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static void echo(TrapCaller caller, long socket, int datagrams) {
        for (int i = 0; i < datagrams; i++) {
            long header;
            byte data;
            try (TrapSlot slot = caller.claim()) {
                header = slot.call(TrapNumber.RECEIVE_FROM, socket, ROOM, 0);
                data = slot.data().get(ValueLayout.JAVA_BYTE, 0);
            }
            try (TrapSlot slot = caller.claim()) {
                slot.data().set(ValueLayout.JAVA_BYTE, 0, data);
                slot.call(
                        TrapNumber.SEND_TO,
                        socket,
                        DatagramHeader.ipv4(header),
                        DatagramHeader.port(header),
                        DatagramHeader.lengthBytes(header));
            }
        }
    }

    private static void roundTrips(TrapCaller caller, long socket, int count) {
        for (int i = 0; i < count; i++) {
            try (TrapSlot slot = caller.claim()) {
                slot.data().set(ValueLayout.JAVA_BYTE, 0, (byte) i);
                slot.call(TrapNumber.SEND_TO, socket, TwoHosts.B, PORT, 1);
            }
            try (TrapSlot slot = caller.claim()) {
                long header = slot.call(TrapNumber.RECEIVE_FROM, socket, ROOM, 0);
                if (DatagramHeader.lengthBytes(header) != 1 || slot.data().get(ValueLayout.JAVA_BYTE, 0) != (byte) i) {
                    throw new AssertionError("round trip " + i + " came back as " + header);
                }
            }
        }
    }

    private long allocated(List<Thread> of) {
        return of.stream()
                .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.threadId()))
                .sum();
    }

    @Test
    void roundTripsLeaveNoGarbage() throws Exception {
        try (TwoHosts hosts = new TwoHosts()) {
            TrapCaller a = hosts.a.caller;
            TrapCaller b = hosts.b.caller;
            long server = b.trap(TrapNumber.SOCKET);
            assertThat(b.trap(TrapNumber.BIND, server, 0, PORT)).isZero();
            long client = a.trap(TrapNumber.SOCKET);
            AtomicLong echoAllocated = new AtomicLong();
            Thread echo = Thread.ofPlatform().daemon().start(() -> {
                echo(b, server, WARM_UP);
                long before = threads.getCurrentThreadAllocatedBytes();
                echo(b, server, MEASURED);
                echoAllocated.set(threads.getCurrentThreadAllocatedBytes() - before);
            });
            roundTrips(a, client, WARM_UP);
            List<Thread> kernelThreads = hosts.kernelThreads();
            assertThat(kernelThreads).hasSize(Doorbell.canAwaitEither() ? 2 : 4);
            long kernelBefore = allocated(kernelThreads);
            long trapsBefore = hosts.a.crossings.value(Crossing.TRAPS);
            long framesBefore = hosts.a.crossings.value(Crossing.FRAMES_SENT);
            long ownBefore = threads.getCurrentThreadAllocatedBytes();
            roundTrips(a, client, MEASURED);
            long own = threads.getCurrentThreadAllocatedBytes() - ownBefore;
            long kernel = allocated(kernelThreads) - kernelBefore;
            echo.join();
            assertThat((own + kernel + echoAllocated.get()) / (double) MEASURED)
                    .as("bytes an operation: client %d, kernels %d, server %d", own, kernel, echoAllocated.get())
                    .isLessThan(TOLERATED_BYTES);
            assertThat(hosts.a.crossings.value(Crossing.TRAPS) - trapsBefore).isEqualTo(2L * MEASURED);
            assertThat(hosts.a.crossings.value(Crossing.FRAMES_SENT) - framesBefore)
                    .isEqualTo(MEASURED);
        }
    }

    private static void move(TrapCaller caller, int trap, long socket, int bytes) {
        try (TrapSlot slot = caller.claim()) {
            if (slot.call(trap, socket, bytes, StreamTraps.WAIT) != bytes) {
                throw new AssertionError("trap " + trap + " did not move " + bytes + " bytes");
            }
        }
    }

    private static void echoStream(TrapCaller caller, long socket, int messages) {
        for (int i = 0; i < messages; i++) {
            move(caller, TrapNumber.RECEIVE, socket, 1);
            move(caller, TrapNumber.SEND, socket, 1);
        }
    }

    private static void streamRoundTrips(TrapCaller caller, long socket, int messages) {
        for (int i = 0; i < messages; i++) {
            move(caller, TrapNumber.SEND, socket, 1);
            move(caller, TrapNumber.RECEIVE, socket, 1);
        }
    }

    @Test
    void roundTripsOverAConnectionLeaveNoGarbage() throws Exception {
        try (TwoHosts hosts = new TwoHosts()) {
            TrapCaller a = hosts.a.caller;
            TrapCaller b = hosts.b.caller;
            long listener = new StreamTraps(b).listener(PORT, 1);
            long client = new StreamTraps(a).connected(TwoHosts.B, PORT);
            long server = new StreamTraps(b).accept(listener);
            AtomicLong echoAllocated = new AtomicLong();
            Thread echo = Thread.ofPlatform().daemon().start(() -> {
                echoStream(b, server, WARM_UP);
                long before = threads.getCurrentThreadAllocatedBytes();
                echoStream(b, server, MEASURED);
                echoAllocated.set(threads.getCurrentThreadAllocatedBytes() - before);
            });
            streamRoundTrips(a, client, WARM_UP);
            long kernelBefore = allocated(hosts.kernelThreads());
            long trapsBefore = hosts.a.crossings.value(Crossing.TRAPS);
            long ownBefore = threads.getCurrentThreadAllocatedBytes();
            streamRoundTrips(a, client, MEASURED);
            long own = threads.getCurrentThreadAllocatedBytes() - ownBefore;
            long kernel = allocated(hosts.kernelThreads()) - kernelBefore;
            echo.join();
            assertThat((own + kernel + echoAllocated.get()) / (double) MEASURED)
                    .as("bytes an operation: client %d, kernels %d, server %d", own, kernel, echoAllocated.get())
                    .isLessThan(TOLERATED_BYTES);
            assertThat(hosts.a.crossings.value(Crossing.TRAPS) - trapsBefore).isEqualTo(2L * MEASURED);
        }
    }

    /** As a selector has them: asks what is ready, waits when nothing is, and then receives. */
    private static void selectedRoundTrips(TrapCaller caller, long socket, long set, int messages) {
        for (int i = 0; i < messages; i++) {
            move(caller, TrapNumber.SEND, socket, 1);
            while (ready(caller, set) == 0) {
                try (TrapSlot slot = caller.claimBare()) {
                    slot.call(TrapNumber.AWAIT_READY, set, 0);
                }
            }
            move(caller, TrapNumber.RECEIVE, socket, 1);
        }
    }

    private static long ready(TrapCaller caller, long set) {
        try (TrapSlot slot = caller.claim()) {
            return slot.call(TrapNumber.TAKE_READY, set, 64);
        }
    }

    @Test
    void aSetOfSocketsLeavesNoGarbage() throws Exception {
        try (TwoHosts hosts = new TwoHosts()) {
            TrapCaller a = hosts.a.caller;
            TrapCaller b = hosts.b.caller;
            long listener = new StreamTraps(b).listener(PORT, 1);
            long client = new StreamTraps(a).connected(TwoHosts.B, PORT);
            long server = new StreamTraps(b).accept(listener);
            long set = a.trap(TrapNumber.READINESS_SET);
            assertThat(a.trap(TrapNumber.WATCH, set, client, TrapNumber.READABLE))
                    .isZero();
            Thread echo = Thread.ofPlatform().daemon().start(() -> echoStream(b, server, WARM_UP + MEASURED));
            selectedRoundTrips(a, client, set, WARM_UP);
            long before = allocated(hosts.kernelThreads()) + threads.getCurrentThreadAllocatedBytes();
            selectedRoundTrips(a, client, set, MEASURED);
            long bytes = allocated(hosts.kernelThreads()) + threads.getCurrentThreadAllocatedBytes() - before;
            echo.join();
            assertThat(bytes / (double) MEASURED).as("bytes an operation").isLessThan(TOLERATED_BYTES);
        }
    }
}
