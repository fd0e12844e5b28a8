package org.machbed.server;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.DefaultValue;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.HostAddress;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.server.driver.DriverConfiguration;
import org.machbed.server.driver.ReceiveBinding;
import org.machbed.server.driver.TransmitBinding;

/**
 * The command line of a protocol server, one {@code --key=value} a component.
 *
 * @param hostDirectory the host's directory, which exists
 * @param processName names the crossings file
 * @param server which server
 * @param ipc what carries messages
 * @param transmit how frames get to the driver
 * @param receive how frames come from it
 * @param wire a {@link LinkSpecification} when the server is the driver, otherwise {@code none}; {@code kernel:HOST_DIRECTORY}
 *     for one that the kernel opens and hands over
 * @param mac the host's station address
 * @param address its IPv4 address and prefix length
 * @param gateway next hop to other networks
 * @param mtu most bytes of a frame after its Ethernet header
 * @param capture pcapng file of all frames of {@code wire}
 * @param queue implementation of a window's queues
 * @param threads threads of the restructured server, see {@link #threadKind}
 * @param udpChecksum whether outgoing datagrams carry a checksum
 * @param congestion control of TCP connections
 * @param sessions whether sessions may leave the server for libraries in its clients; it has a window then
 * @param realTime whether the network input thread asks for SCHED_FIFO
 */
public record ServerArguments(
        Path hostDirectory,
        String processName,
        ServerKind server,
        MachTransport ipc,
        TransmitBinding transmit,
        ReceiveBinding receive,
        @DefaultValue("none") String wire,
        MacAddress mac,
        HostAddress address,
        Optional<String> gateway,
        @DefaultValue("1500") int mtu,
        Optional<Path> capture,
        @DefaultValue("chronicle") String queue,
        Optional<ServerThreadKind> threads,
        @DefaultValue("true") boolean udpChecksum,
        @DefaultValue("cubic") CongestionAlgorithm congestion,
        @DefaultValue("false") boolean sessions,
        @DefaultValue("false") boolean realTime) {
    private static final String NO_WIRE = "none";

    /** Which server. */
    public enum ServerKind {
        UNIX,
        UDP
    }

    public ServerArguments {
        stack(mac, address, gateway, mtu, 0, udpChecksum, congestion);
        driver(transmit, receive, wire, mac, address, mtu, capture, queue, sessions);
        if (sessions && server != ServerKind.UNIX) {
            throw new IllegalArgumentException("--sessions is for --server=unix");
        }
        if (server == ServerKind.UNIX && threads.isPresent() && threads.get() != ServerThreadKind.PLATFORM) {
            throw new IllegalArgumentException(
                    "--threads is for --server=udp; the threads of the Unix server are wired");
        }
        if (transmit.waitsForMessages() && threads.equals(Optional.of(ServerThreadKind.TRANSPORT))) {
            throw new IllegalArgumentException(
                    "--threads=transport cannot wait for the replies of --transmit=message or message-ool");
        }
    }

    /** The stack's configuration, with random choices that nobody can guess. */
    public StackConfiguration stack() {
        return stack(mac, address, gateway, mtu, new SecureRandom().nextLong(), udpChecksum, congestion);
    }

    /** The threads of the restructured server: those named, or the cheapest. */
    public ServerThreadKind threadKind() {
        return threads.orElse(ServerThreadKind.cheapest(transmit));
    }

    public DriverConfiguration driver() {
        return driver(transmit, receive, wire, mac, address, mtu, capture, queue, sessions);
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

    private static DriverConfiguration driver(
            TransmitBinding transmit,
            ReceiveBinding receive,
            String wire,
            MacAddress mac,
            HostAddress address,
            int mtuBytes,
            Optional<Path> capture,
            String queue,
            boolean sessions) {
        Optional<LinkSpecification> link =
                wire.equals(NO_WIRE) ? Optional.empty() : Optional.of(LinkSpecification.parse(wire));
        return new DriverConfiguration(
                transmit,
                receive,
                link,
                mac,
                address.ipv4(),
                address.prefixLength(),
                mtuBytes,
                capture,
                queue,
                sessions);
    }
}
