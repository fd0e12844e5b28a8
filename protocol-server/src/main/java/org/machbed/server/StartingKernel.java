package org.machbed.server;

import java.time.Duration;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.HostDirectory;

/** Makes a task in the host's kernel, which may still be starting. */
public final class StartingKernel {
    private static final Duration START_LIMIT = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private StartingKernel() {}

    /**
     * Connects, trying again for a few seconds while no kernel answers.
     *
     * @throws MachException KERN_TERMINATED when none has come by then
     */
    public static MachTask connect(HostDirectory host, MachTransport transport, String taskName)
            throws MachException, InterruptedException {
        long deadlineNs = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            try {
                return MachTask.connect(host, transport, taskName);
            } catch (MachException e) {
                if (e.code() != MachCode.KERN_TERMINATED) {
                    throw e;
                }
                if (System.nanoTime() - deadlineNs >= 0) {
                    throw new MachException(
                            MachCode.KERN_TERMINATED,
                            "no kernel-node of host " + host + " has answered for " + START_LIMIT.toSeconds() + " s: "
                                    + e.getMessage(),
                            e);
                }
            }
            Thread.sleep(PAUSE);
        }
    }
}
