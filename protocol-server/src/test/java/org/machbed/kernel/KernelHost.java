package org.machbed.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.trap.CallGate;
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
        KernelArguments arguments = new KernelArguments(
                host.path(),
                "kernel",
                wire,
                Optional.of(mac),
                Optional.empty(),
                Optional.empty(),
                mtu,
                Optional.empty(),
                KernelArguments.Sockets.NONE,
                true,
                false,
                true);
        crossings = Crossings.create(host.crossings("kernel"));
        ports = KernelPorts.open(host, true, crossings);
        link = arguments.hasWire() ? arguments.link().open(mac, mtu, null) : null;
        gate = CallGate.create(host.callGate(KernelNode.GATE), 16);
        kernel = new Kernel(arguments, host, link, ports, gate, crossings, failures::add);
    }

    public List<String> failures() {
        return failures;
    }

    @Override
    public void close() throws Exception {
        kernel.close();
        gate.close();
        if (link != null) {
            link.close();
        }
        ports.close();
        crossings.close();
    }
}
