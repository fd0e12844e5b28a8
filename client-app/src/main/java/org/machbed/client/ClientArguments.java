package org.machbed.client;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.binding.Binding;
import org.machbed.client.binding.Idle;
import org.machbed.client.binding.LibraryConfiguration;
import org.machbed.client.session.SessionConfiguration;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.client.workload.Buffers;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.DefaultValue;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.HostAddress;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/**
 * The command line of an application, one {@code --key=value} a component.
 *
 * @param hostDirectory the host's directory, which exists with mode 0700
 * @param processName names the crossings file
 * @param binding how channels reach their sockets
 * @param ipc what carries messages, where the binding sends any
 * @param serverArguments for {@code call}: keys and values of the server that runs in this process, as {@code key=value;...}
 * @param sessions for {@code library}: whether the host has a Unix server, which gives sessions to the library; otherwise the library has
 *     the host's wire
 * @param queue for {@code library} with sessions: what the queues of the session window are made of
 * @param wire for {@code library} without sessions: a {@link LinkSpecification}; what follows goes with {@code library}
 * @param mac the host's station address
 * @param address its IPv4 address and prefix length
 * @param gateway next hop to other networks
 * @param mtu most bytes of a frame after its Ethernet header
 * @param capture pcapng file of all frames
 * @param udpChecksum whether outgoing datagrams carry a checksum
 * @param congestion control of TCP connections
 * @param idle for {@code library} without sessions: what a thread does that waits for a frame
 * @param buffers for {@code library} with sessions: whether workloads copy from and to buffers of their own, or use those that the
 *     library lends
 */
record ClientArguments(
        Path hostDirectory,
        String processName,
        @DefaultValue("none") Binding binding,
        @DefaultValue("grpc") MachTransport ipc,
        Optional<String> serverArguments,
        @DefaultValue("false") boolean sessions,
        @DefaultValue("chronicle") QueueKind queue,
        Optional<String> wire,
        Optional<MacAddress> mac,
        Optional<HostAddress> address,
        Optional<String> gateway,
        @DefaultValue("1500") int mtu,
        Optional<Path> capture,
        @DefaultValue("true") boolean udpChecksum,
        @DefaultValue("cubic") CongestionAlgorithm congestion,
        @DefaultValue("block") Idle idle,
        @DefaultValue("copied") Buffers buffers) {
    /** Servers start before applications, but may take a moment to register. */
    private static final Duration SERVER_TIMEOUT = Duration.ofSeconds(10);

    ClientArguments {
        requireWith(Binding.CALL, binding, "server-arguments", serverArguments.isPresent());
        refuseWithout(Binding.LIBRARY, binding, "sessions", sessions);
        if (sessions) {
            refuseWithSessions("wire", wire.isPresent());
            refuseWithSessions("capture", capture.isPresent());
            refuseWithSessions("idle=spin", idle == Idle.SPIN);
        } else {
            requireWith(Binding.LIBRARY, binding, "wire", wire.isPresent());
        }
        if (buffers == Buffers.LENT && !sessions) {
            throw new IllegalArgumentException("--buffers=lent goes with --sessions only: other sockets lend nothing");
        }
        requireWith(Binding.LIBRARY, binding, "mac", mac.isPresent());
        requireWith(Binding.LIBRARY, binding, "address", address.isPresent());
        refuseWithout(Binding.LIBRARY, binding, "gateway", gateway.isPresent());
        refuseWithout(Binding.LIBRARY, binding, "capture", capture.isPresent());
        refuseWithout(Binding.LIBRARY, binding, "idle=spin", idle == Idle.SPIN);
        if (binding == Binding.LIBRARY) {
            wire.ifPresent(LinkSpecification::parse);
            stack(mac.orElseThrow(), address.orElseThrow(), gateway, mtu, 0, udpChecksum, congestion);
        }
    }

    private static void refuseWithSessions(String argument, boolean present) {
        if (present) {
            throw new IllegalArgumentException(
                    "--" + argument + " goes without --sessions: the kernel has the wire of a host with sessions");
        }
    }

    private static void requireWith(Binding wanted, Binding binding, String argument, boolean present) {
        if (binding == wanted && !present) {
            throw new IllegalArgumentException(
                    "--" + argument + " is missing: --binding=" + wanted.label() + " needs it");
        }
        refuseWithout(wanted, binding, argument, present);
    }

    private static void refuseWithout(Binding wanted, Binding binding, String argument, boolean present) {
        if (binding != wanted && present) {
            throw new IllegalArgumentException("--" + argument + " goes with --binding=" + wanted.label() + " only");
        }
    }

    /**
     * Opens its sockets.
     *
     * @param linger how long the end of a protocol library in this process may wait until what was sent has arrived
     */
    ApplicationSockets open(HostDirectory host, Crossings crossings, Duration linger) throws IOException {
        if (binding != Binding.LIBRARY) {
            return ApplicationSockets.open(binding, host, ipc, serverArguments.orElse(""), crossings);
        }
        if (!sessions) {
            return ApplicationSockets.ofLibrary(library(linger), crossings);
        }
        SessionSocketLayer layer = SessionSocketLayer.open(sessions(host, crossings, linger));
        return ApplicationSockets.of(layer, layer::tellCounters);
    }

    private SessionConfiguration sessions(HostDirectory host, Crossings crossings, Duration linger) {
        return new SessionConfiguration(host, ipc, queue, stack(), SERVER_TIMEOUT, linger, crossings);
    }

    private StackConfiguration stack() {
        long seed = new SecureRandom().nextLong();
        return stack(mac.orElseThrow(), address.orElseThrow(), gateway, mtu, seed, udpChecksum, congestion);
    }

    private LibraryConfiguration library(Duration linger) {
        return new LibraryConfiguration(LinkSpecification.parse(wire.orElseThrow()), stack(), capture, linger, idle);
    }

    private static StackConfiguration stack(
            MacAddress mac,
            HostAddress address,
            Optional<String> gateway,
            int mtuBytes,
            long seed,
            boolean udpChecksum,
            CongestionAlgorithm congestion) {
        return new StackConfiguration(
                mac,
                address.ipv4(),
                address.prefixLength(),
                gateway.map(Ipv4Address::parse).orElse(0),
                mtuBytes,
                seed,
                udpChecksum,
                TcpConfiguration.DEFAULT.toBuilder().congestion(congestion).build());
    }
}
