package org.machbed.kernel;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.trap.CallGate;
import org.machbed.kernel.device.DeviceMessages;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.link.LinkEnd;
import org.machbed.link.WireOffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel process of a host. READY once the port server, the call gate and the link are up; stops when standard input
 * closes or on SIGTERM. Its arguments are those of {@link KernelArguments}.
 */
public final class KernelNode {
    /** Traps with data that may be under way at once; each slot takes some 64 KiB of the host's memory. */
    private static final int GATE_SLOTS = 64;

    /** Traps that may wait besides, for sockets that nothing comes to; each takes 64 bytes. */
    private static final int GATE_BARE_SLOTS = 2_048;

    private static final int CACHE_LINE_BYTES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(KernelNode.class);

    private KernelNode() {}

    public static void main(String[] arguments) {
        ProcessLifecycle.run(
                "kernel-node",
                arguments,
                (words, lifecycle) -> run(Arguments.parse(words, KernelArguments.class), lifecycle));
    }

    private static void run(KernelArguments arguments, ProcessLifecycle lifecycle) throws Exception {
        LOG.info("kernel of {}: wire {}, sockets {}", arguments.hostDirectory(), arguments.wire(), arguments.sockets());
        HostDirectory host = HostDirectory.open(arguments.hostDirectory());
        try (Crossings crossings = Crossings.create(host.crossings(arguments.processName()));
                // Before the ports: a server that finds the kernel there finds the wire.
                WireOffer offer = offerWire(arguments, host);
                KernelPorts ports = KernelPorts.open(host, arguments.chronicle(), crossings, lifecycle::fail);
                LinkEnd link = openLink(arguments);
                CallGate gate = CallGate.create(
                        host.kernelGate(), GATE_SLOTS, gateDataBytes(arguments.mtu()), GATE_BARE_SLOTS);
                Kernel kernel = new Kernel(arguments, link, gate, crossings, lifecycle::fail)) {
            if (offer != null) {
                LOG.info("the wire is for {}", arguments.handOver().orElseThrow());
            }
            DeviceMessages.serve(ports, kernel.device(), kernel.deviceTable(), host);
            kernel.indications().serve(ports);
            lifecycle.onCounters("crossings", crossings::tell);
            lifecycle.onCounters("device", kernel::tellDeviceCounters);
            lifecycle.onCounters("stack", kernel::tellStackCounters);
            lifecycle.ready("real-time", realTime(arguments, kernel));
            lifecycle.awaitStop();
            gate.unlink();
        }
    }

    private static @Nullable WireOffer offerWire(KernelArguments arguments, HostDirectory host) throws IOException {
        return arguments.handOver().isEmpty()
                ? null
                : WireOffer.open(
                        host,
                        arguments.handOver().get(),
                        arguments.link(),
                        arguments.mac().orElseThrow(),
                        arguments.mtu());
    }

    private static @Nullable LinkEnd openLink(KernelArguments arguments) throws IOException {
        return arguments.drivesWire()
                ? arguments
                        .link()
                        .open(
                                arguments.mac().orElseThrow(),
                                arguments.mtu(),
                                arguments.capture().orElse(null))
                : null;
    }

    /** Room for the largest datagram and for the largest frame of device_write, whichever is more. */
    private static int gateDataBytes(int mtuBytes) {
        int frameBytes = LinkEnd.HEADER_BYTES + mtuBytes;
        int lines = (frameBytes + CACHE_LINE_BYTES - 1) / CACHE_LINE_BYTES;
        return Math.max(CallGate.DEFAULT_DATA_BYTES, lines * CACHE_LINE_BYTES);
    }

    private static String realTime(KernelArguments arguments, Kernel kernel) {
        if (!arguments.realTime()) {
            return "off";
        }
        return kernel.realTimeGranted() ? "granted" : "refused";
    }
}
