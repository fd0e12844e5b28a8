package org.machbed.server.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.netstack.filter.StandardFilters;
import org.machbed.netstack.link.FrameOutput;

/** The driver in the kernel, reached by messages, traps or a window in the mixture that the configuration names. */
final class KernelDriver implements Driver {
    /** Bytes of an Ethernet header (RFC 894). */
    private static final int HEADER_BYTES = 14;

    private static final int FILTER_PRIORITY = 10;

    private final KernelDevice device;
    private final FrameOutput output;
    private final FrameSource source;
    private final boolean outputWaitsForMessages;
    private final Deque<AutoCloseable> resources;

    private KernelDriver(
            KernelDevice device,
            FrameOutput output,
            FrameSource source,
            boolean outputWaitsForMessages,
            Deque<AutoCloseable> resources) {
        this.device = device;
        this.output = output;
        this.source = source;
        this.outputWaitsForMessages = outputWaitsForMessages;
        this.resources = resources;
    }

    static KernelDriver open(DriverConfiguration configuration, MachTask task, Path host, Crossings crossings)
            throws DriverException {
        Deque<AutoCloseable> resources = new ArrayDeque<>();
        try {
            KernelDevice device = KernelDevice.open(task);
            requireSame(configuration, device);
            FrameOutput output = output(configuration, device, task, host, crossings, resources);
            FrameSource source = source(configuration, device, task, crossings);
            boolean waits = configuration.transmit() == TransmitBinding.MESSAGE
                    || configuration.transmit() == TransmitBinding.MESSAGE_OOL;
            return new KernelDriver(device, output, source, waits, resources);
        } catch (DriverException | RuntimeException e) {
            closeAll(resources);
            throw e;
        }
    }

    private static void requireSame(DriverConfiguration configuration, KernelDevice device) throws DriverException {
        if (!device.address().equals(configuration.mac()) || device.mtuBytes() < configuration.mtuBytes()) {
            throw new DriverException("the kernel's device is " + device.address() + " with an MTU of "
                    + device.mtuBytes() + " bytes, the server's " + configuration.mac() + " with one of "
                    + configuration.mtuBytes());
        }
    }

    private static FrameOutput output(
            DriverConfiguration configuration,
            KernelDevice device,
            MachTask task,
            Path host,
            Crossings crossings,
            Deque<AutoCloseable> resources)
            throws DriverException {
        DroppedFrames dropped = new DroppedFrames(crossings, "the output by " + configuration.transmit());
        DeviceWrite deviceWrite = new DeviceWrite(task, dropped);
        int maximumFrameBytes = HEADER_BYTES + configuration.mtuBytes();
        return switch (configuration.transmit()) {
            case MESSAGE -> new MessageOutput(deviceWrite, device.port(), maximumFrameBytes);
            case MESSAGE_OOL ->
                new OutOfLineOutput(task, deviceWrite, dropped, crossings, device.port(), maximumFrameBytes);
            case TRAP -> new TrapOutput(trapCaller(host, crossings, resources), device.trapHandle(), maximumFrameBytes, dropped);
            case WINDOW -> throw new DriverException("windows are not there yet");
            case CALL -> throw new IllegalArgumentException("a driver in the kernel is not called");
        };
    }

    private static TrapCaller trapCaller(Path host, Crossings crossings, Deque<AutoCloseable> resources)
            throws DriverException {
        try {
            CallGate gate = CallGate.open(HostDirectory.open(host).callGate("kernel"));
            resources.push(gate);
            TrapCaller caller = gate.caller(crossings);
            resources.push(caller);
            return caller;
        } catch (IOException e) {
            throw new DriverException("no way to trap into the kernel: " + e.getMessage(), e);
        }
    }

    private static FrameSource source(
            DriverConfiguration configuration, KernelDevice device, MachTask task, Crossings crossings)
            throws DriverException {
        return switch (configuration.receive()) {
            case MESSAGE -> messageSource(configuration, device, task, crossings);
            case WINDOW -> throw new DriverException("windows are not there yet");
            case CALL -> throw new IllegalArgumentException("a driver in the kernel does not call");
        };
    }

    private static FrameSource messageSource(
            DriverConfiguration configuration, KernelDevice device, MachTask task, Crossings crossings)
            throws DriverException {
        try {
            PortName port = task.allocatePort(MessageSource.QUEUE_LIMIT);
            PacketFilter ipv4 = StandardFilters.ipv4To(
                    configuration.ipv4(), configuration.prefixLength(), FILTER_PRIORITY);
            device.setFilter(ipv4, port);
            device.setFilter(StandardFilters.arp(FILTER_PRIORITY), port);
            return new MessageSource(task, port, crossings, new DroppedFrames(crossings, "the packet filter's port"));
        } catch (MachException e) {
            throw new DriverException("no port for the packet filter: " + e.getMessage(), e);
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
    public boolean outputWaitsForMessages() {
        return outputWaitsForMessages;
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
}
