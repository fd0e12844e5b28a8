package org.machbed.kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
import org.machbed.kernel.device.DeviceMessages;
import org.machbed.kernel.port.KernelPorts;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;

/** A kernel within the test, in the package of the kernel's parts so that it can put them together. */
public final class KernelHost implements AutoCloseable {
    public final Crossings crossings;
    private final KernelPorts ports;
    private final @Nullable LinkEnd link;
    private final CallGate gate;
    private final Kernel kernel;
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());

    /** @param wire a link specification, or {@code none} */
    public KernelHost(HostDirectory host, String wire, MacAddress mac, int mtu) throws Exception {
        this(host, wire, mac, mtu, false);
    }

    /** @param sessions whether applications may have session windows */
    public KernelHost(HostDirectory host, String wire, MacAddress mac, int mtu, boolean sessions) throws Exception {
        Map<String, String> given = Map.of(
                "host-directory",
                host.toString(),
                "process-name",
                "kernel",
                "wire",
                wire,
                "mac",
                mac.toString(),
                "mtu",
                String.valueOf(mtu),
                "chronicle",
                "true",
                "sessions",
                String.valueOf(sessions));
        KernelArguments arguments = Arguments.parse(given, KernelArguments.class);
        crossings = Crossings.create(host.crossings("kernel"));
        ports = KernelPorts.open(host, true, crossings, failures::add);
        link = arguments.drivesWire() ? arguments.link().open(mac, mtu, null) : null;
        gate = CallGate.create(host.kernelGate(), 16);
        kernel = new Kernel(arguments, link, gate, crossings, failures::add);
        DeviceMessages.serve(ports, kernel.device(), kernel.deviceTable(), host);
    }

    public List<String> failures() {
        return failures;
    }

    @Override
    public void close() throws IOException {
        kernel.close();
        gate.close();
        if (link != null) {
            link.close();
        }
        ports.close();
        crossings.close();
    }
}
