package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.PaperCatalog;
import org.machbed.testbed.suite.SuiteCatalog;
import org.machbed.testbed.topology.Binding;
import org.machbed.testbed.topology.Edge;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;
import picocli.CommandLine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Exit codes and sentences of the command line; nothing here starts a process. */
class MachbedTest {
    private static final List<Scenario> UDP = List.of(new Scenario(Workload.udpRoundTrip(1), 1500));

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine commandLine = Machbed.commandLine();
        commandLine.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return commandLine.execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "fly                                            | Unmatched argument",
                "reproduce --paper moby-dick                    | unknown paper 'moby-dick'; known: maeda92",
                "reproduce --fast                               | Unknown option: '--fast'",
                "measure                                        | Missing required option: '--topology=T'",
                "measure --topology in-kernal                   | unknown topology 'in-kernal'; known: in-kernel",
                "measure --topology in-kernel --bytes 0         | --bytes is 1 to 65507, not 0",
                "measure --topology in-kernel --nodes x=h:1     | is neither docker nor of the form NODE=HOST:PORT",
                "measure --topology in-kernel --nodes a-client-app=h:1 | a-kernel-node, a-protocol-server, b-kernel-node",
                "reproduce --docker --nodes docker              | --nodes (or MACHBED_NODES) is given, and --docker has nodes of its own",
                "node --host a                                  | Missing required option: '--role=R'",
                "node --host c --role kernel-node               | --host is a or b, not c",
                "node --host a --role king                      | unknown role 'king'; known: kernel-node, protocol-server",
                "node --host a --role client-app --subnet 1/2   | --subnet: the network of the rows is a /16",
                "node --host a --role client-app --wire pigeon  | --wire: ",
                "node --host a --role client-app --cpu 9999     | --cpu is one of those that this process may use",
                "node --host a --role client-app --topology x   | unknown topology 'x'; known: in-kernel",
                "run in-kernel                                  | a command is missing: machbed run TOPOLOGY -- java ARGUMENT...",
                "compare a                                      | Missing required parameter: 'B'",
                "measure --topology in-kernel --bytes x         | Invalid value for option '--bytes'",
                "measure --topology in-kernel --mtu 100         | --mtu is 576 to 65535, not 100",
                "measure --topology in-kernel --rounds 0        | --rounds is 1 to 1000, not 0",
                "measure --topology in-kernel --workload chess  | unknown workload 'chess'; known: udp-rtt, tcp-rtt, tcp-stream",
                "measure --topology in-kernel --set ipc=grpc    | none of these topologies has the option ipc",
                "measure --topology udp-server --set ipc=pigeon | ipc is one of grpc, chronicle, not 'pigeon'",
                "measure --topology udp-server --set speed=high | unknown option 'speed'",
                "measure --topology udp-server --set ipc        | 'ipc' is not of the form option=value",
                "measure --topology in-kernel,in-kernel         | asked for twice",
                "measure --topology in-kernel --workload tcp-rtt,tcp-rtt | a workload or an MTU is asked for twice",
                "measure --topology in-kernel --mtu 1500,100    | --mtu is 576 to 65535, not 100",
                "measure --topology in-kernel,udp-server --workload tcp-rtt | udp-server has no connections",
                "measure --topology udp-server,in-kernel --workload udp-rtt,tcp-rtt | udp-server has no connections, and what",
                "bounds --suite chess                           | unknown suite 'chess'; known: tcp",
                "measure --topology in-kernel --duration 0      | --duration is 1 to 30 seconds, not 0",
                "up                                             | Missing required parameter: 'TOPOLOGY'",
                "up in-kernal                                   | unknown topology 'in-kernal'",
                "measure --topology library-mapped --nodes docker | library-mapped has its wire in the application",
                "node --host a --role client-app --topology library-mapped | library-mapped has its wire in the application",
                "up linux                                       | linux is the machine's own kernel",
                "up in-kernel --address 192.0.2.300/24          | --address: not an IPv4 address: ",
                "up in-kernel --address 192.0.2.2               | --address is of the form 192.0.2.2/24, not 192.0.2.2",
                "up in-kernel --address 192.0.2.255/24          | ipv4 192.0.2.255/24 does not name one host",
                "up in-kernel --gateway 203.0.113.1             | gateway 203.0.113.1 is not on the network of 192.0.2.2/24",
                "up in-kernel --gateway here                    | --gateway: not an IPv4 address: ",
                "up in-kernel --mac 01:00:00:00:00:01           | mac 01:00:00:00:00:01 does not name one station",
                "up in-kernel --mtu 100                         | --mtu is 576 to 65535, not 100",
                "up in-kernel --wire pigeon:p0                  | is none that is known: segment:DIRECTORY, tap:NAME",
                "up in-kernel --wire tap:t0,loss=2              | --wire: ",
                "up in-kernel --capture /nonexistent/x.pcapng   | --capture /nonexistent/x.pcapng is no file in a directory",
                "up in-kernel --set ipc=grpc                    | in-kernel does not have the option ipc",
                "up udp-server --set ipc=grpc,chronicle         | ipc is given several values",
                "run linux -- java                              | linux is the machine's own kernel",
                "simulate                                       | Missing required option: '--seeds=A..B'",
                "simulate --seeds 9..1                          | --seeds: 1 is before 9",
                "simulate --seeds one                           | --seeds: 'one' is not of the form A..B",
                "simulate --seeds 1..9 --threads 0              | --threads is 1 to 1024, not 0",
                "simulate --seeds 1..9 --verbose                | --verbose is for one seed",
                "validate                                       | Missing required parameter: 'FILE'",
            })
    void wrongUseIsTwoAndOneSentence(String line, String sentence) {
        assertThat(run(line.split(" ", -1))).isEqualTo(2);
        assertThat(err.toString()).startsWith("machbed: ").contains(sentence).contains("--help");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void noCommandIsWrongUse() {
        assertThat(run()).isEqualTo(2);
        assertThat(err.toString()).contains("a command is missing");
    }

    @Test
    void everyCommandHasHelp() {
        for (String command : List.of(
                "reproduce",
                "measure",
                "bounds",
                "up",
                "run",
                "topologies",
                "validate",
                "calibrate",
                "doctor",
                "simulate")) {
            assertThat(run(command, "--help")).isZero();
        }
        assertThat(run("--help")).isZero();
        assertThat(out.toString()).contains("Usage: machbed reproduce");
    }

    @Test
    void listsTopologies() throws Exception {
        assertThat(run("topologies")).isZero();
        assertThat(out.toString()).contains("in-kernel", "udp-server-direct", "message-ool");

        out.getBuffer().setLength(0);
        assertThat(run("topologies", "--json")).isZero();
        assertThat(new ObjectMapper().readTree(out.toString()))
                .hasSize(TopologyCatalog.names().size());
    }

    @Test
    void validatesFiles(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("mine.yaml");
        Files.writeString(file, "name: mine\nstructure: unix\n");

        assertThat(run("validate", file.toString())).isEqualTo(1);
        assertThat(err.toString()).startsWith(file + ":1: ");
        assertThat(run("validate", directory.resolve("none.yaml").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no such file");
    }

    @Test
    void anOptionThatMakesATopologyUnsoundIsWrongUse() throws Exception {
        Topology direct = TopologyCatalog.find("udp-server").orElseThrow();
        Map<Edge, Binding> bindings = new EnumMap<>(direct.bindings());
        bindings.put(Edge.STACK_DRIVER, Binding.MESSAGE);
        var mine = new Topology(
                "mine",
                "mine.yaml",
                "none",
                "",
                direct.structure(),
                direct.demultiplexer(),
                direct.wire(),
                direct.places(),
                bindings,
                Map.of(TopologyOption.THREADS, "virtual"));

        assertThat(RowsOfRun.of(List.of(mine), List.of("threads=virtual,platform"), UDP))
                .hasSize(3);
        assertThatThrownBy(() -> RowsOfRun.of(List.of(mine), List.of("threads=transport"), UDP))
                .isInstanceOf(UsageError.class)
                .hasMessageStartingWith("mine: the thread that messages come in on cannot wait");
    }

    @Test
    void aPaperIsMeasuredWithEveryCarrierOfMessagesAndItsReferenceTwice() {
        List<RowSpec> rows = RowsOfRun.of(PaperCatalog.find("maeda92").orElseThrow(), 1500);

        assertThat(rows)
                .extracting(RowSpec::name)
                .contains("server-ipc", "server-ipc.chronicle", "udp-server-direct.chronicle");
        assertThat(rows.getFirst().role()).isEqualTo(RowRole.REFERENCE);
        assertThat(rows.getLast().name()).isEqualTo("in-kernel.again");
        assertThat(rows)
                .filteredOn(row -> row.role() == RowRole.BASELINE)
                .extracting(RowSpec::name)
                .containsExactly("linux");
        assertThat(rows).hasSize(1 + 7 * 2 + 1 + 1);
    }

    /** The restructured server has no connections, so it has no row with a workload that needs some. */
    @Test
    void severalWorkloadsAndMtusMakeATableEachOfSystemsThatAreStartedOnce() {
        List<Topology> topologies = List.of(
                TopologyCatalog.find("in-kernel").orElseThrow(),
                TopologyCatalog.find("udp-server").orElseThrow());
        List<Scenario> scenarios = List.of(
                new Scenario(Workload.udpRoundTrip(1), 1500),
                new Scenario(Workload.of("tcp-rtt", 1), 1500),
                new Scenario(Workload.of("tcp-rtt", 1), 9000));

        List<RowSpec> rows = RowsOfRun.of(topologies, List.of(), scenarios);

        assertThat(rows)
                .extracting(RowSpec::name)
                .containsExactly(
                        "in-kernel.udp-rtt.mtu1500",
                        "udp-server.udp-rtt.mtu1500",
                        "in-kernel.udp-rtt.mtu1500.again",
                        "in-kernel.tcp-rtt.mtu1500",
                        "in-kernel.tcp-rtt.mtu1500.again",
                        "in-kernel.tcp-rtt.mtu9000",
                        "in-kernel.tcp-rtt.mtu9000.again");
        assertThat(rows)
                .extracting(row -> row.system().name())
                .containsExactly(
                        "in-kernel.mtu1500",
                        "udp-server.mtu1500",
                        "in-kernel.mtu1500.again",
                        "in-kernel.mtu1500",
                        "in-kernel.mtu1500.again",
                        "in-kernel.mtu9000",
                        "in-kernel.mtu9000.again");
        assertThat(rows.get(3).role()).isEqualTo(RowRole.REFERENCE);
    }

    @Test
    void aSuiteIsMeasuredWithEveryCarrierOfMessages() {
        List<RowSpec> rows = RowsOfRun.of(SuiteCatalog.find("tcp").orElseThrow());

        assertThat(rows)
                .extracting(RowSpec::name)
                .doesNotHaveDuplicates()
                .contains("in-kernel.tcp-stream.mtu65535.again", "server-ipc.chronicle.tcp-rtt.mtu1500");
        assertThat(rows)
                .filteredOn(row -> row.role() == RowRole.REFERENCE)
                .extracting(row -> row.scenario().title())
                .containsExactly(
                        "udp-rtt of 1 byte, MTU 1500",
                        "tcp-rtt of 1 byte, MTU 1500",
                        "tcp-stream of 65536 bytes, MTU 1500",
                        "tcp-stream of 65536 bytes, MTU 65535");
    }

    @Test
    void severalValuesMakeARowEach() {
        List<Topology> topologies = List.of(
                TopologyCatalog.find("udp-server").orElseThrow(),
                TopologyCatalog.find("in-kernel").orElseThrow());

        assertThat(RowsOfRun.of(topologies, List.of("ipc=grpc,chronicle", "threads=platform"), UDP))
                .extracting(RowSpec::name)
                .containsExactly(
                        "udp-server.platform",
                        "udp-server.chronicle.platform",
                        "in-kernel",
                        "udp-server.platform.again");
        assertThatThrownBy(() -> RowsOfRun.of(topologies, List.of("queue=chronicle"), UDP))
                .isInstanceOf(UsageError.class);
    }
}
