package org.machbed.kernel;

import java.nio.file.Path;
import java.util.Optional;
import org.machbed.ipc.process.DefaultValue;
import org.machbed.link.LinkSpecification;
import org.machbed.link.Wire;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/**
 * The command line of a kernel, one {@code --key=value} a component.
 *
 * @param hostDirectory the host's directory, which exists
 * @param processName names the crossings file
 * @param wire a {@link LinkSpecification}, or {@code none} when the wire belongs to a server or there is none
 * @param handOver name of the process of this host that drives the wire: it is opened here and handed over to that one
 * @param mac the interface's address; needed with a wire
 * @param address IPv4 address and prefix length of the in-kernel stack
 * @param gateway next hop to other networks
 * @param mtu most bytes of a frame after its Ethernet header
 * @param capture pcapng file of all frames
 * @param sockets where the sockets live: here, or not here
 * @param sessions whether applications' libraries may have sessions: windows for those are given out, and frames looked at for them
 * @param chronicle whether tasks may attach by Chronicle queues too
 * @param realTime whether the interrupt and trap threads ask for SCHED_FIFO
 * @param udpChecksum whether outgoing datagrams carry a checksum
 * @param congestion control of TCP connections
 */
record KernelArguments(
        Path hostDirectory,
        String processName,
        String wire,
        Optional<String> handOver,
        Optional<MacAddress> mac,
        Optional<String> address,
        Optional<String> gateway,
        @DefaultValue("1500") int mtu,
        Optional<Path> capture,
        @DefaultValue("none") Sockets sockets,
        @DefaultValue("false") boolean sessions,
        @DefaultValue("false") boolean chronicle,
        @DefaultValue("false") boolean realTime,
        @DefaultValue("true") boolean udpChecksum,
        @DefaultValue("cubic") CongestionAlgorithm congestion) {
    private static final String NO_WIRE = "none";

    /** Where the sockets live. */
    enum Sockets {
        IN_KERNEL,
        NONE
    }

    KernelArguments {
        require(
                mtu >= StackConfiguration.MINIMUM_MTU_BYTES && mtu <= StackConfiguration.MAXIMUM_MTU_BYTES,
                "--mtu is " + mtu + ", which is not between " + StackConfiguration.MINIMUM_MTU_BYTES + " and "
                        + StackConfiguration.MAXIMUM_MTU_BYTES);
        mac.ifPresent(station ->
                require(MacAddress.isStation(station.bits()), "--mac is " + station + ", which names no station"));
        if (wire.equals(NO_WIRE)) {
            require(sockets == Sockets.NONE, "--sockets=in-kernel needs a --wire");
            require(capture.isEmpty(), "--capture needs a --wire");
            require(handOver.isEmpty(), "--hand-over needs a --wire");
            require(!sessions, "--sessions needs a --wire");
        } else {
            require(mac.isPresent(), "--mac is missing: --wire needs it");
            require(
                    !(LinkSpecification.parse(wire).wire() instanceof Wire.Kernel),
                    "--wire=" + wire + " is for who drives what a kernel opens, and this is the kernel");
        }
        if (handOver.isPresent()) {
            require(sockets == Sockets.NONE, "--sockets=in-kernel needs the wire that --hand-over gives away");
            require(!sessions, "--sessions needs the wire that --hand-over gives away");
            require(capture.isEmpty(), "--capture is for who drives the wire, and --hand-over gives it away");
        }
        if (sockets == Sockets.IN_KERNEL) {
            require(!sessions, "--sessions is for a kernel whose sockets are elsewhere, not --sockets=in-kernel");
            stack(mac.orElseThrow(), address, gateway, mtu, 0, udpChecksum, congestion);
        }
    }

    private static void require(boolean condition, String refusal) {
        if (!condition) {
            throw new IllegalArgumentException(refusal);
        }
    }

    /** Whether the kernel has a wire that it drives itself. */
    boolean drivesWire() {
        return !wire.equals(NO_WIRE) && handOver.isEmpty();
    }

    LinkSpecification link() {
        return LinkSpecification.parse(wire);
    }

    /** The in-kernel stack's configuration; its random choices come from {@code seed}. */
    StackConfiguration stack(long seed) {
        return stack(mac.orElseThrow(), address, gateway, mtu, seed, udpChecksum, congestion);
    }

    private static StackConfiguration stack(
            MacAddress mac,
            Optional<String> address,
            Optional<String> gateway,
            int mtuBytes,
            long seed,
            boolean udpChecksum,
            CongestionAlgorithm congestion) {
        require(address.isPresent(), "--address is missing: --sockets=in-kernel needs it");
        String text = address.orElseThrow();
        int slash = text.indexOf('/');
        require(
                slash > 0 && text.substring(slash + 1).matches("[0-9]{1,2}"),
                "--address is \"" + text + "\", which is not of the form 192.0.2.1/24");
        return new StackConfiguration(
                mac,
                Ipv4Address.parse(text.substring(0, slash)),
                Integer.parseInt(text.substring(slash + 1)),
                gateway.map(Ipv4Address::parse).orElse(0),
                mtuBytes,
                seed,
                udpChecksum,
                TcpConfiguration.DEFAULT.toBuilder().congestion(congestion).build());
    }
}
