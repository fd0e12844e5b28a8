package org.machbed.testbed.launch;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Hosts whose processes run under three users in one group: they carry datagrams and streams, and no user gets at what it was not told
 * of. Needs root, to become those users. Logs of a failure stay in {@code target/users}.
 */
@Timeout(300)
class ManyUsersIT {
    private static final int OPERATIONS = 20;

    /** Names that are the same in every host; all others no one can guess. */
    private static final String FIXED =
            "kernel\\.sock|wire\\.sock|gate-kernel|chronicle-kernel|memory-objects|crossings-.*";

    private static final String UNGUESSABLE = "[a-z]+-[0-9a-f]{32}";

    @SuppressWarnings("NullAway.Init")
    private static Path jars;

    @SuppressWarnings("NullAway.Init")
    private static JvmCommand jvm;

    private final Path logs = Path.of("target", "users").toAbsolutePath();

    @BeforeAll
    static void giveEveryoneOurJars() throws IOException {
        assume(Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid")), "it needs root");
        assume(JvmCommand.onPath("setpriv"), "setpriv is not installed");
        assumeTrue(Distribution.exists(), "not tested under several users: its jars are not packaged yet");
        jars = Files.createTempDirectory("machbed-users");
        jvm = Distribution.copiedTo(jars);
        run(List.of("chmod", "-R", "a+rX", jars.toString()));
    }

    @AfterAll
    static void removeJars() {
        if (jars != null) {
            RunDirectory.deleteTree(jars);
        }
    }

    private static void assume(boolean possible, String problem) {
        String message = "not tested under several users: " + problem;
        if (!possible && System.getProperty("machbed.linux-peer", "").equals("required")) {
            fail(message);
        }
        assumeTrue(possible, message);
    }

    @ParameterizedTest
    @CsvSource({
        "in-kernel, '', segment, udp-rtt tcp-rtt",
        "server-ipc-vm, grpc, segment, udp-rtt tcp-rtt",
        "server-ipc-vm, chronicle, segment, udp-rtt tcp-rtt",
        "server-window, grpc, segment, udp-rtt tcp-rtt",
        "server-window, chronicle, segment, udp-rtt tcp-rtt",
        "server-mapped, grpc, segment, udp-rtt tcp-rtt",
        "server-mapped, chronicle, udp, udp-rtt tcp-rtt",
        "udp-server, grpc, udp, udp-rtt",
        "udp-server, chronicle, segment, udp-rtt",
    })
    void hostsOfThreeUsersWork(String name, String ipc, String wire, String workloads) throws Exception {
        Files.createDirectories(logs);
        Topology topology = TopologyCatalog.find(name).orElseThrow();
        Topology chosen = ipc.isEmpty() ? topology : topology.with(Map.of(TopologyOption.IPC, ipc));
        Path row = HostOfUsers.groupDirectory(RunDirectory.SHARED_MEMORY.resolve(
                "users-" + ProcessHandle.current().pid()));
        try (HostOfUsers a = HostOfUsers.create(row, "a", logs);
                HostOfUsers b = HostOfUsers.create(row, "b", logs)) {
            start(chosen, row, wires(row, wire), a, b);
            for (String workload : workloads.split(" ", -1)) {
                carries(workload, a, b);
            }
            everythingIsTheGroupsAndNobodyElses(b.directory());
            theClientGetsAtNothingThatItWasNotToldOf(b.directory(), chosen);
        } finally {
            RunDirectory.deleteTree(row);
        }
    }

    /** What host a, and what host b, is told of the wire. */
    private static List<String> wires(Path row, String kind) throws IOException {
        if (kind.equals("segment")) {
            String segment = "segment:" + row.resolve("wire");
            return List.of(segment, segment);
        }
        String one = "127.0.0.1:" + freePort();
        String other = "127.0.0.1:" + freePort();
        return List.of("udp:" + one + ",peer=" + other, "udp:" + other + ",peer=" + one);
    }

    private static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void start(Topology topology, Path row, List<String> wires, HostOfUsers a, HostOfUsers b)
            throws IOException {
        Pinning pinning = Pinning.ofThisMachine();
        var ofA = HostOfUsers.plans(topology, HostSettings.a(pinning), row, wires.getFirst());
        var ofB = HostOfUsers.plans(topology, HostSettings.b(pinning), row, wires.getLast());
        for (Role role : ofA.keySet()) {
            for (var host : Map.of(a, ofA, b, ofB).entrySet()) {
                ProcessPlan plan = host.getValue().get(role);
                assertThat(plan).isNotNull();
                host.getKey().start(role, plan, jvm);
            }
            for (HostOfUsers host : List.of(a, b)) {
                host.reply(role, "READY");
                assertThat(host.capabilities(role)).isEqualTo("CapEff:\t0000000000000000");
            }
        }
    }

    private static void carries(String workload, HostOfUsers a, HostOfUsers b) throws IOException {
        String what = "workload=" + workload + " bytes=1000";
        b.send(Role.CLIENT, "serve " + what + " port=4000");
        String serving = b.reply(Role.CLIENT, "SERVING");
        int port = new ObjectMapper().readTree(serving).path("port").asInt(4000);
        a.send(Role.CLIENT, "connect " + what + " peer=192.0.2.2:" + port);
        a.reply(Role.CLIENT, "CONNECTED");
        b.send(Role.CLIENT, "trial operations=" + OPERATIONS);
        a.send(Role.CLIENT, "trial operations=" + OPERATIONS);
        assertThat(a.reply(Role.CLIENT, "DONE")).contains("elapsedNanos");
        b.reply(Role.CLIENT, "DONE");
        for (HostOfUsers host : List.of(a, b)) {
            host.send(Role.CLIENT, "stop");
            host.reply(Role.CLIENT, "STOPPED");
        }
    }

    private static void everythingIsTheGroupsAndNobodyElses(Path host) throws IOException {
        try (var files = Files.walk(host)) {
            assertThat(files).allSatisfy(file -> {
                assertThat(Files.getAttribute(file, "unix:gid")).isEqualTo(HostOfUsers.GROUP);
                assertThat((int) Files.getAttribute(file, "unix:mode") & 0007).isZero();
            });
        }
        try (var files = Files.list(host)) {
            assertThat(files)
                    .extracting(file -> String.valueOf(file.getFileName()))
                    .allMatch(file -> file.matches(FIXED) || file.matches(UNGUESSABLE));
        }
    }

    private static void theClientGetsAtNothingThatItWasNotToldOf(Path host, Topology topology) throws Exception {
        int client = HostOfUsers.userOf(Role.CLIENT);
        refused(client, "Permission denied", "ls", host.toString());
        refused(
                client,
                "Permission denied",
                "ls",
                host.resolve("memory-objects").toString());
        for (String name : List.of("kernel.sock", "gate-kernel", "crossings-kernel", "memory-objects")) {
            refused(client, "Operation not permitted", "mv", host + "/" + name, host + "/mine");
        }
        refused(
                client,
                "Operation not permitted",
                "rm",
                "-f",
                host.resolve("crossings-kernel").toString());
        if (topology.uses(ProcessKind.PROTOCOL_SERVER)) {
            refused(
                    client,
                    "Operation not permitted",
                    "rm",
                    "-f",
                    host.resolve("crossings-server").toString());
        }
        refused(
                HostOfUsers.STRANGER,
                "Permission denied",
                "stat",
                host.resolve("kernel.sock").toString());
    }

    /** A program of that user fails for this reason; a stranger is not of the group. */
    private static void refused(int user, String reason, String... words) throws Exception {
        int group = user == HostOfUsers.STRANGER ? HostOfUsers.STRANGER : HostOfUsers.GROUP;
        List<String> command = new ArrayList<>(HostOfUsers.asUser(user, group));
        command.addAll(List.of(words));
        Process process = start(command);
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said).as("%s", command).contains(reason);
        assertThat(process.exitValue()).as("%s", command).isNotZero();
    }

    private static void run(List<String> command) throws IOException {
        try {
            assertThat(start(command).waitFor()).as("%s", command).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static Process start(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        return builder.start();
    }
}
