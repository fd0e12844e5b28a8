package org.machbed.server.driver;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.filter.StandardFilters;
import org.machbed.netstack.link.FrameOutput;

/** The driver in the kernel, reached by messages, traps or a window in the mixture that the configuration names. */
final class KernelDriver implements Driver {
    /** Bytes of an Ethernet header (RFC 894). */
    private static final int HEADER_BYTES = 14;

    private static final int FILTER_PRIORITY = 10;

    /** Events of all session windows of a host, two for each. */
    private static final int EVENT_QUEUE_LIMIT = 128;

    private final KernelDevice device;
    private final FrameOutput output;
    private final FrameSource source;
    private final @Nullable SessionSwitch sessions;
    private final Deque<AutoCloseable> resources;

    private KernelDriver(
            KernelDevice device,
            FrameOutput output,
            FrameSource source,
            @Nullable SessionSwitch sessions,
            Deque<AutoCloseable> resources) {
        this.device = device;
        this.sessions = sessions;
        this.output = output;
        this.source = source;
        this.resources = resources;
    }

    static KernelDriver open(DriverConfiguration configuration, MachTask task, HostDirectory host, Crossings crossings)
            throws DriverException {
        SessionSwitch sessions = configuration.sessions() ? openSessions(task) : null;
        KernelDevice device = sessions == null ? KernelDevice.open(task) : sessions.device();
        Opening opening = new Opening(configuration, task, host, crossings, device, sessions);
        try {
            requireSame(configuration, opening.device);
            FrameOutput output = opening.output();
            FrameSource source = opening.source();
            return new KernelDriver(opening.device, output, source, sessions, opening.resources);
        } catch (DriverException | RuntimeException | Error e) {
            closeAll(opening.resources);
            throw e;
        }
    }

    private static SessionSwitch openSessions(MachTask task) throws DriverException {
        try {
            PortName events = task.allocatePort(EVENT_QUEUE_LIMIT);
            return new SessionSwitch(KernelDevice.openExclusively(task, events), events, new TakenFrames());
        } catch (MachException e) {
            throw new DriverException("no port for events of sessions: " + e.getMessage(), e);
        }
    }

    private static void requireSame(DriverConfiguration configuration, KernelDevice device) throws DriverException {
        if (!device.address().equals(configuration.mac()) || device.mtuBytes() < configuration.mtuBytes()) {
            throw new DriverException("the kernel's device is " + device.address() + " with an MTU of "
                    + device.mtuBytes() + " bytes, the server's " + configuration.mac() + " with one of "
                    + configuration.mtuBytes());
        }
    }

    @Override
    public MacAddress address() {
        return device.address();
    }

    @Override
    public int mtuBytes() {
        return device.mtuBytes();
    }

    @Override
    public FrameOutput output() {
        return output;
    }

    @Override
    public FrameSource source() {
        return source;
    }

    @Override
    public @Nullable SessionSwitch sessions() {
        return sessions;
    }

    @Override
    public void close() {
        source.stop();
        closeAll(resources);
    }

    private static void closeAll(Deque<AutoCloseable> resources) {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("closing the driver failed", e);
            }
        }
    }

    /** What the output and the source share while they are opened. */
    private static final class Opening {
        private final DriverConfiguration configuration;
        private final MachTask task;
        private final HostDirectory host;
        private final Crossings crossings;
        private final KernelDevice device;
        private final @Nullable SessionSwitch sessions;
        private final Deque<AutoCloseable> resources = new ArrayDeque<>();
        private @Nullable MappedWindow window;

        Opening(
                DriverConfiguration configuration,
                MachTask task,
                HostDirectory host,
                Crossings crossings,
                KernelDevice device,
                @Nullable SessionSwitch sessions) {
            this.configuration = configuration;
            this.task = task;
            this.host = host;
            this.crossings = crossings;
            this.device = device;
            this.sessions = sessions;
        }

        FrameOutput output() throws DriverException {
            DroppedFrames dropped = new DroppedFrames(crossings, "the output by " + configuration.transmit());
            DeviceWrite deviceWrite = new DeviceWrite(task, dropped);
            int maximumFrameBytes = HEADER_BYTES + configuration.mtuBytes();
            return switch (configuration.transmit()) {
                case MESSAGE -> new MessageOutput(deviceWrite, device.port(), maximumFrameBytes);
                case MESSAGE_OOL ->
                    new OutOfLineOutput(task, deviceWrite, dropped, crossings, device.port(), maximumFrameBytes);
                case TRAP -> new TrapOutput(trapCaller(), device.trapHandle(), maximumFrameBytes, dropped);
                case WINDOW -> window().output(trapCaller(), maximumFrameBytes, dropped);
                case CALL -> throw new IllegalArgumentException("a driver in the kernel is not called");
            };
        }

        FrameSource source() throws DriverException {
            return switch (configuration.receive()) {
                case MESSAGE -> messageSource();
                case WINDOW -> window().source(sessions == null ? null : sessions.taken());
                case CALL -> throw new IllegalArgumentException("a driver in the kernel does not call");
            };
        }

        private FrameSource messageSource() throws DriverException {
            try {
                PortName port = task.allocatePort(MessageSource.QUEUE_LIMIT);
                // One program for both protocols: a port has one filter.
                device.setFilter(
                        StandardFilters.ipv4Family(configuration.ipv4(), configuration.prefixLength(), FILTER_PRIORITY),
                        port);
                DroppedFrames dropped = new DroppedFrames(crossings, "the packet filter's port");
                return new MessageSource(task, port, crossings, dropped);
            } catch (MachException e) {
                throw new DriverException("no port for the packet filter: " + e.getMessage(), e);
            }
        }

        private MappedWindow window() throws DriverException {
            MappedWindow mapped = window;
            if (mapped == null) {
                mapped = MappedWindow.map(device, host, configuration);
                resources.push(mapped);
                window = mapped;
            }
            return mapped;
        }

        private TrapCaller trapCaller() throws DriverException {
            try {
                CallGate gate = CallGate.open(host.kernelGate());
                resources.push(gate);
                TrapCaller caller = gate.caller(crossings);
                resources.push(caller);
                return caller;
            } catch (IOException e) {
                throw new DriverException("no way to trap into the kernel: " + e.getMessage(), e);
            }
        }
    }
}
