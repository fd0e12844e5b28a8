package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;

import static org.assertj.core.api.Assertions.assertThat;

class TopologyCompilerTest {
    private static final Pinning PINNING = new Pinning(0, 1);
    private final TopologyCompiler compiler =
            new TopologyCompiler(HostSettings.a(PINNING), HostSettings.b(PINNING), true);

    @ParameterizedTest
    @CsvSource({
        "in-kernel,         kernel client,        --sockets=in-kernel, '',                  --binding=trap",
        "server-ipc-vm,     kernel server client, --sockets=none,      --transmit=message-ool, --binding=emulation",
        "server-ipc,        kernel server client, --sockets=none,      --transmit=message,  --binding=emulation",
        "server-syscall,    kernel server client, --sockets=none,      --transmit=trap,     --binding=emulation",
        "server-mapped,     kernel server client, --wire=none,         --transmit=call,     --binding=emulation",
        "server-window,     kernel server client, --sockets=none,      --transmit=window,   --binding=emulation",
        "udp-server,        kernel server client, --sockets=none,      --transmit=trap,     --binding=udp-rpc",
        "udp-server-direct, kernel client,        --sockets=none,      '',                  --binding=call",
        "linux,             client,               '',                  '',                  --binding=linux",
    })
    void startsWhatATopologyNeeds(String name, String processes, String kernel, String server, String client) {
        RowPlan plan = compile(name, Map.of());

        for (String host : List.of("a", "b")) {
            assertThat(plan.processes().stream()
                            .filter(process -> process.host().equals(host))
                            .map(ProcessPlan::name))
                    .containsExactly(processes.split(" ", -1));
        }
        expect(plan, "kernel", kernel);
        expect(plan, "server", server);
        expect(plan, "client", client);
    }

    private static void expect(RowPlan plan, String process, String argument) {
        if (!argument.isEmpty()) {
            assertThat(argumentsOf(plan, "a", process)).contains(argument);
        }
    }

    @Test
    void givesEachHostItsAddressItsCpuAndTheSameWire() {
        RowPlan plan = compile("in-kernel", Map.of());

        assertThat(argumentsOf(plan, "a", "kernel"))
                .contains("--address=192.0.2.1/24", "--mac=02:00:00:00:00:01", "--wire=segment:/run/row/wire");
        assertThat(argumentsOf(plan, "b", "kernel"))
                .contains("--address=192.0.2.2/24", "--mac=02:00:00:00:00:02", "--wire=segment:/run/row/wire");
        assertThat(plan.processes())
                .allMatch(process -> process.cpu() == (process.host().equals("a") ? 0 : 1));
        assertThat(plan.peerAddress()).isEqualTo("192.0.2.2");
        assertThat(compile("linux", Map.of()).peerAddress()).isEqualTo("127.0.0.1");
    }

    @Test
    void compilesOneHostAloneOnAnyWire() {
        WireEnd wire = new WireEnd(
                "tap:mb0,loss=0.1", 9000, Optional.of("192.0.2.254"), Optional.of(Path.of("/tmp/all.pcapng")));
        SingleHost host = single("server-ipc", wire);

        RowPlan plan = host.whole();
        assertThat(plan.processes()).extracting(ProcessPlan::name).containsExactly("kernel", "server", "client");
        assertThat(argumentsOf(plan, "a", "kernel"))
                .contains("--wire=tap:mb0,loss=0.1", "--mtu=9000", "--capture=/tmp/all.pcapng");
        assertThat(argumentsOf(plan, "a", "server"))
                .contains("--wire=none", "--gateway=192.0.2.254", "--mtu=9000")
                .noneMatch(argument -> argument.startsWith("--capture"));
        assertThat(host.underApplication().processes())
                .extracting(ProcessPlan::name)
                .containsExactly("kernel", "server");
        assertThat(host.applicationArguments())
                .containsEntry("host-directory", "/run/server-ipc/a")
                .containsEntry("binding", "emulation")
                .containsEntry("ipc", "grpc");
    }

    /** The driver is the server's there, to which the kernel hands its device. */
    @Test
    void whoHasTheDriverHasTheCapture() {
        RowPlan plan = single(
                        "server-mapped",
                        new WireEnd("bridge:veth0", 1500, Optional.empty(), Optional.of(Path.of("/tmp/all.pcapng"))))
                .whole();

        assertThat(argumentsOf(plan, "a", "kernel"))
                .contains("--wire=bridge:veth0", "--hand-over=server")
                .noneMatch(argument -> argument.startsWith("--capture"));
        assertThat(argumentsOf(plan, "a", "server"))
                .contains("--wire=kernel:/run/server-mapped/a", "--capture=/tmp/all.pcapng");
    }

    /** Whoever drives a segment joins it; and a kernel that drives its device keeps it. */
    @Test
    void nothingElseIsHandedOver() {
        for (String wire : List.of("segment:/run/wire", "tap:mb0", "udp:192.0.2.1:7410,peer=192.0.2.2:7410")) {
            for (String name : List.of("in-kernel", "server-ipc", "udp-server", "server-mapped")) {
                RowPlan plan = single(name, WireEnd.of(wire, 1500)).whole();
                boolean handed = name.equals("server-mapped") && !wire.startsWith("segment:");
                assertThat(argumentsOf(plan, "a", "kernel").contains("--hand-over=server"))
                        .as("%s on %s", name, wire)
                        .isEqualTo(handed);
            }
        }
    }

    private static SingleHost single(String name, WireEnd wire) {
        Topology topology = TopologyCatalog.find(name).orElseThrow();
        return new SingleHost(topology, HostSettings.a(PINNING), wire, false, Path.of("/run"));
    }

    @Test
    void startsKernelsBeforeServersBeforeClients() {
        assertThat(compile("server-ipc", Map.of()).startOrder())
                .extracting(stage ->
                        stage.stream().map(ProcessPlan::name).distinct().toList())
                .containsExactly(List.of("kernel"), List.of("server"), List.of("client"));
    }

    @Test
    void passesCongestionControlToWhoHasTheStack() {
        Map<TopologyOption, String> reno = Map.of(TopologyOption.CONGESTION, "new-reno");
        assertThat(argumentsOf(compile("in-kernel", reno), "a", "kernel")).contains("--congestion=new-reno");
        assertThat(argumentsOf(compile("server-ipc", reno), "b", "server")).contains("--congestion=new-reno");
    }

    @Test
    void passesOptionsOn() {
        RowPlan plan = compile(
                "udp-server",
                Map.of(
                        TopologyOption.IPC, "chronicle",
                        TopologyOption.THREADS, "platform",
                        TopologyOption.REAL_TIME, "auto"));

        assertThat(argumentsOf(plan, "a", "kernel")).contains("--chronicle=true", "--real-time=true");
        assertThat(argumentsOf(plan, "a", "server"))
                .contains("--ipc=chronicle", "--threads=platform", "--real-time=true");
        assertThat(argumentsOf(plan, "a", "client")).contains("--ipc=chronicle");
    }

    /** The prediction counts hand-offs by the same answer, so the server is not left to choose. */
    @Test
    void tellsTheRestructuredServerItsThreads() {
        assertThat(argumentsOf(compile("udp-server", Map.of()), "a", "server")).contains("--threads=transport");
        assertThat(argumentsOf(compile("server-ipc", Map.of()), "a", "server"))
                .noneMatch(argument -> argument.startsWith("--threads"));
    }

    @Test
    void aServerInsideTheApplicationGetsItsArgumentsThere() {
        RowPlan plan = compile("udp-server-direct", Map.of());

        assertThat(argumentsOf(plan, "b", "client"))
                .anySatisfy(argument -> assertThat(argument)
                        .startsWith("--server-arguments=host-directory=/run/row/b;")
                        .contains(";server=udp;")
                        .contains(";transmit=trap;receive=message;")
                        .contains(";address=192.0.2.2/24;"));
    }

    /** It is the whole host: nobody else opens the wire, answers for the address or has sockets. */
    @Test
    void aLibraryThatOwnsTheLinkGetsTheWireAndIsAlone() {
        RowPlan plan = compile("library-mapped", Map.of());

        assertThat(plan.processes()).extracting(ProcessPlan::program).containsExactly("client-app", "client-app");
        assertThat(argumentsOf(plan, "b", "client"))
                .contains(
                        "--binding=library",
                        "--wire=segment:/run/row/wire",
                        "--mac=02:00:00:00:00:02",
                        "--address=192.0.2.2/24",
                        "--mtu=1500",
                        "--udp-checksum=true",
                        "--idle=spin");
        assertThat(argumentsOf(compile("library-mapped", Map.of(TopologyOption.IDLE, "block")), "b", "client"))
                .contains("--idle=block");
    }

    /** Its host has a Unix server, which sets sessions up, and a kernel that gives their frames to the application. */
    @Test
    void aLibraryWithSessionsHasAServerBesideIt() {
        RowPlan plan = compile("library", Map.of());

        assertThat(argumentsOf(plan, "b", "kernel"))
                .contains("--sessions=true", "--sockets=none", "--wire=segment:/run/row/wire");
        assertThat(argumentsOf(plan, "b", "server"))
                .contains("--sessions=true", "--server=unix", "--transmit=window", "--receive=window", "--wire=none");
        assertThat(argumentsOf(plan, "b", "client"))
                .contains(
                        "--binding=library",
                        "--sessions=true",
                        "--ipc=grpc",
                        "--mac=02:00:00:00:00:02",
                        "--address=192.0.2.2/24",
                        "--udp-checksum=true")
                .noneMatch(argument -> argument.startsWith("--wire="));
    }

    /** It is the application that uses them; kernel and server know nothing of it. */
    @Test
    void anApplicationIsToldWhereItsLibraryLendsBuffers() {
        RowPlan plan = compile("library-newapi", Map.of());

        assertThat(argumentsOf(plan, "a", "client")).contains("--sessions=true", "--buffers=lent");
        assertThat(argumentsOf(compile("library", Map.of()), "a", "client"))
                .noneMatch(argument -> argument.startsWith("--buffers"));
        for (String process : List.of("kernel", "server")) {
            assertThat(argumentsOf(plan, "a", process))
                    .isEqualTo(argumentsOf(compile("library", Map.of()), "a", process));
        }
    }

    @Test
    void asksForRealTimeOnlyWhereItIsAllowed() {
        var without = new TopologyCompiler(HostSettings.a(PINNING), HostSettings.b(PINNING), false);

        Topology wants = TopologyCatalog.find("in-kernel").orElseThrow().with(Map.of(TopologyOption.REAL_TIME, "auto"));
        RowPlan plan = without.compile("row", wants, 1500, Path.of("/run"));

        assertThat(argumentsOf(plan, "a", "kernel")).contains("--real-time=false");
    }

    private RowPlan compile(String name, Map<TopologyOption, String> options) {
        Topology topology = TopologyCatalog.find(name).orElseThrow().with(options);
        return compiler.compile("row", topology, 1500, Path.of("/run"));
    }

    private static List<String> argumentsOf(RowPlan plan, String host, String name) {
        return plan.processes().stream()
                .filter(process -> process.host().equals(host) && process.name().equals(name))
                .findFirst()
                .orElseThrow()
                .arguments();
    }
}
