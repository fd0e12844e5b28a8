package org.machbed.testbed.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.machbed.link.LinkSpecification;
import org.machbed.link.Wire;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.SingleHost;
import org.machbed.testbed.launch.WireEnd;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.topology.InvalidTopologyException;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What the commands that start one host have in common: which host, and where it is. */
final class HostOptions {
    /** A wire of the host's own, on which nobody else is. */
    private static final String LONE_SEGMENT = "segment";

    @Parameters(index = "0", paramLabel = "TOPOLOGY", description = "A name (see: machbed topologies) or a .yaml file.")
    private String topology = "";

    @Option(
            names = "--wire",
            paramLabel = "W",
            defaultValue = LONE_SEGMENT,
            description = {
                "tap:NAME, bridge:INTERFACE, bridge:SUBNET, udp:ADDRESS:PORT,peer=HOST:PORT, segment:DIRECTORY,",
                "or segment for one of its own (default).",
                "Options follow behind commas: loss, duplication, reordering, corruption, seed."
            })
    private String wire = LONE_SEGMENT;

    @Option(
            names = "--address",
            paramLabel = "A/LEN",
            defaultValue = "192.0.2.2/24",
            description = "The host's IPv4 address and the length of its network's prefix (default: ${DEFAULT-VALUE}).")
    private String address = "192.0.2.2/24";

    @Option(names = "--gateway", paramLabel = "G", description = "Next hop to other networks (default: none).")
    private @Nullable String gateway;

    @Option(
            names = "--mtu",
            paramLabel = "N",
            defaultValue = "1500",
            description = "Longest IP datagram of a frame (default: ${DEFAULT-VALUE}).")
    private int mtuBytes = 1500;

    @Option(
            names = "--mac",
            paramLabel = "M",
            description = "Station address (default: 02:00 and the four bytes of the IPv4 address).")
    private @Nullable String mac;

    @Option(
            names = "--set",
            paramLabel = "option=value",
            description = "An option of the topology, for instance ipc=chronicle (docs/adding-a-topology.md).")
    private List<String> settings = List.of();

    @Option(names = "--capture", paramLabel = "FILE", description = "Record all frames there, as pcapng.")
    private @Nullable Path capture;

    /**
     * The host that was asked for, checked as far as that is possible before anything is started.
     *
     * @param topology with the options that were asked for
     */
    record Wanted(Topology topology, HostSettings settings, String wire, WireEnd end) {
        /** Whether nobody else can be on the wire. */
        boolean alone() {
            return wire.equals(LONE_SEGMENT);
        }

        /** The host, of a run whose shared memory is given. */
        SingleHost in(Path runDirectory) {
            WireEnd chosen = alone()
                    ? new WireEnd(
                            "segment:" + runDirectory.resolve("wire"), end.mtuBytes(), end.gateway(), end.capture())
                    : end;
            return new SingleHost(topology, settings, chosen, Machine.root(), runDirectory);
        }
    }

    /**
     * Checks what was asked for.
     *
     * @throws UsageError naming what is wrong
     */
    Wanted wanted(Pinning pinning) {
        Topology chosen = RowsOfRun.single(resolved(), settings);
        if (chosen.uses(ProcessKind.MACHINE)) {
            throw new UsageError(chosen.name() + " is the machine's own kernel: there is no host to start");
        }
        MtuRange.checked(mtuBytes);
        StackConfiguration stack = stack();
        HostSettings host = new HostSettings(
                "a", stack.mac().toString(), Ipv4Address.format(stack.ipv4()), stack.prefixLength(), pinning.cpuOfB());
        WireEnd end = new WireEnd(
                checkedWire(),
                mtuBytes,
                Optional.ofNullable(gateway),
                Optional.ofNullable(capture).map(HostOptions::checkedCapture));
        return new Wanted(chosen, host, wire, end);
    }

    private Topology resolved() {
        try {
            return TopologyCatalog.resolve(topology);
        } catch (InvalidTopologyException e) {
            throw new UsageError(String.join("; ", e.problems()));
        }
    }

    private static Path checkedCapture(Path file) {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        if (directory == null || !Files.isDirectory(directory) || Files.isDirectory(absolute)) {
            throw new UsageError("--capture " + file + " is no file in a directory that is there");
        }
        return absolute;
    }

    private String checkedWire() {
        if (!wire.equals(LONE_SEGMENT)) {
            try {
                if (LinkSpecification.parse(wire).wire() instanceof Wire.Kernel) {
                    throw new UsageError("--wire: a host's wire is not that of another host's kernel");
                }
            } catch (IllegalArgumentException e) {
                throw new UsageError("--wire: " + e.getMessage());
            }
        }
        return wire;
    }

    /** The stack's configuration, whose own checks are the ones that count. */
    private StackConfiguration stack() {
        int slash = address.indexOf('/');
        if (slash < 0 || !address.substring(slash + 1).matches("[0-9]{1,2}")) {
            throw new UsageError("--address is of the form 192.0.2.2/24, not " + address);
        }
        int ipv4 = ipv4("--address", address.substring(0, slash));
        try {
            MacAddress station = mac == null ? stationOf(ipv4) : MacAddress.parse(mac);
            int prefixLength = Integer.parseInt(address.substring(slash + 1));
            int nextHop = gateway == null ? 0 : ipv4("--gateway", gateway);
            return new StackConfiguration(station, ipv4, prefixLength, nextHop, mtuBytes, 0, true);
        } catch (IllegalArgumentException e) {
            throw new UsageError(String.valueOf(e.getMessage()));
        }
    }

    /** A locally administered address that no host with another IPv4 address has. */
    private static MacAddress stationOf(int ipv4) {
        return new MacAddress((0x0200L << Integer.SIZE) | Integer.toUnsignedLong(ipv4));
    }

    private static int ipv4(String option, String text) {
        try {
            return Ipv4Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new UsageError(option + ": " + e.getMessage());
        }
    }
}
