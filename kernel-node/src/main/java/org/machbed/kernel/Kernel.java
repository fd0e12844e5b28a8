package org.machbed.kernel;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.Scheduling;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapService;
import org.machbed.kernel.device.DeviceError;
import org.machbed.kernel.device.DeviceException;
import org.machbed.kernel.device.DeviceTable;
import org.machbed.kernel.device.NetworkDevice;
import org.machbed.kernel.inkernel.InKernelStack;
import org.machbed.link.LinkEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A host's kernel at work: the device layer, the in-kernel stack where it is wanted, and the kernel thread, which serves the
 * wire's interrupts and the call gate's traps in turn. One thread for both, because a host has one CPU: with one for each, the
 * interrupt thread that has just woken an application competes with the trap thread that the application calls next, and goes
 * to sleep first. Where the wire cannot be awaited together with the gate ({@link NetworkDevice#awaitAlso}), each has a thread
 * of its own. Messages come on the threads of the port server. One lock, the kernel lock, guards what they share.
 */
final class Kernel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Kernel.class);

    /** Of SCHED_FIFO, where it is asked for: interrupts and traps come before everything else of the host. */
    private static final int PRIORITY = 50;

    private static final long JOIN_MILLIS = 1_000;

    private final ReentrantLock kernelLock = new ReentrantLock();
    private final @Nullable NetworkDevice device;
    private final @Nullable InKernelStack stack;
    private final DeviceTable deviceTable;
    private final NullIndications indications;
    private final TrapService traps;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean realTimeRefused = new AtomicBoolean();

    /**
     * Starts a kernel; the caller closes what it passes after closing the kernel.
     *
     * @param link the host's wire, {@code null} for a kernel without one
     * @param onFailure told when a kernel thread ends with an error
     */
    Kernel(
            KernelArguments arguments,
            @Nullable LinkEnd link,
            CallGate gate,
            Crossings crossings,
            Consumer<String> onFailure)
            throws IOException, InterruptedException {
        device = link == null ? null : new NetworkDevice(link, kernelLock, crossings, arguments.sessions());
        stack = device == null ? null : stack(arguments, gate, device, crossings);
        deviceTable = new DeviceTable(kernelLock);
        indications = new NullIndications();
        traps = new TrapService(gate, new KernelTraps(deviceTable, indications, stack));
        NetworkDevice wire = device;
        if (wire != null && wire.awaitAlso(traps.doorbell())) {
            startThreads(arguments, onFailure, Map.of("kernel", () -> wire.runInterruptLoop(stack, traps::serveRung)));
        } else if (wire != null) {
            startThreads(
                    arguments,
                    onFailure,
                    Map.of("interrupt", () -> wire.runInterruptLoop(stack, () -> {}), "trap", traps::runLoop));
        } else {
            startThreads(arguments, onFailure, Map.of("trap", traps::runLoop));
        }
    }

    private void startThreads(KernelArguments arguments, Consumer<String> onFailure, Map<String, Runnable> loops)
            throws InterruptedException {
        CountDownLatch started = new CountDownLatch(loops.size());
        loops.forEach((name, loop) -> threads.add(start(name, arguments, started, onFailure, loop)));
        started.await();
    }

    private @Nullable InKernelStack stack(
            KernelArguments arguments, CallGate gate, NetworkDevice wire, Crossings crossings) {
        if (arguments.sockets() != KernelArguments.Sockets.IN_KERNEL) {
            return null;
        }
        InKernelStack made = new InKernelStack(
                arguments.stack(new SecureRandom().nextLong()),
                gate,
                wire.output(),
                wire.loans(),
                kernelLock,
                crossings,
                wire::wakeUp);
        try {
            wire.claimFamilies(made, NetworkDevice.TYPE_IPV4, NetworkDevice.TYPE_ARP);
        } catch (DeviceException e) {
            throw new IllegalStateException(DeviceError.ALREADY_OPEN + " on a device that nobody else has", e);
        }
        return made;
    }

    private Thread start(
            String name, KernelArguments arguments, CountDownLatch started, Consumer<String> onFailure, Runnable loop) {
        return Thread.ofPlatform().daemon().name(name).start(() -> {
            if (arguments.realTime() && !Scheduling.requestFirstInFirstOut(PRIORITY)) {
                realTimeRefused.set(true);
            }
            started.countDown();
            try {
                loop.run();
            } catch (RuntimeException | Error e) {
                LOG.error("the {} thread failed", name, e);
                onFailure.accept("the " + name + " thread failed: " + e);
            }
        });
    }

    /** Whether all kernel threads got the scheduling that was asked for. */
    boolean realTimeGranted() {
        return !realTimeRefused.get();
    }

    @Nullable
    NetworkDevice device() {
        return device;
    }

    /** Those that serve the wire and the call gate. */
    List<Thread> threads() {
        return List.copyOf(threads);
    }

    DeviceTable deviceTable() {
        return deviceTable;
    }

    NullIndications indications() {
        return indications;
    }

    void tellDeviceCounters(ObjLongConsumer<String> consumer) {
        if (device != null) {
            device.tellCounters(consumer);
        }
    }

    void tellStackCounters(ObjLongConsumer<String> consumer) {
        if (stack != null) {
            stack.tellCounters(consumer);
        }
    }

    /** Stops its threads and tells whoever waits in a trap that the kernel has gone. */
    @Override
    public void close() {
        traps.stop();
        if (device != null) {
            device.stop();
        }
        try {
            for (Thread thread : threads) {
                if (!thread.join(Duration.ofMillis(JOIN_MILLIS))) {
                    LOG.warn("the {} thread did not end within {} ms", thread.getName(), JOIN_MILLIS);
                }
            }
        } catch (InterruptedException e) {
            // Whoever closes is in a hurry; the threads are daemons and have been told.
            Thread.currentThread().interrupt();
        }
        traps.close();
    }
}
