package org.machbed.server.driver;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

/** Opens the driver that a configuration names. */
public final class Drivers {
    private Drivers() {}

    /**
     * Opens a driver.
     *
     * @param task the server's task, which may be {@code null} for a driver within the server
     * @param host the host, where the kernel's call gate is
     */
    public static Driver open(
            DriverConfiguration configuration, @Nullable MachTask task, HostDirectory host, Crossings crossings)
            throws DriverException {
        if (configuration.isInKernel()) {
            if (task == null) {
                throw new IllegalArgumentException("a driver in the kernel needs a task");
            }
            return KernelDriver.open(configuration, task, host, crossings);
        }
        return LinkDriver.open(
                configuration.wire().orElseThrow(),
                configuration.mac(),
                configuration.mtuBytes(),
                configuration.capture().orElse(null),
                crossings);
    }
}
