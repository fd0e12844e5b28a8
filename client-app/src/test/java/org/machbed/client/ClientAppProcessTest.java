package org.machbed.client;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

import static org.assertj.core.api.Assertions.assertThat;

/** The application as the launcher sees it: real processes, commands and replies. */
@Timeout(120)
class ClientAppProcessTest {
    @TempDir
    private Path directory;

    private Path host;
    private final List<Child> children = new ArrayList<>();

    @BeforeEach
    void createHost() throws IOException {
        host = HostDirectory.create(directory.resolve("host")).path();
    }

    @AfterEach
    void kill() {
        children.forEach(Child::kill);
    }

    private Child start(String... arguments) throws IOException {
        Child child = Child.start(ClientApp.class, directory, arguments);
        children.add(child);
        return child;
    }

    private Child application(String name, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--host-directory=" + host, "--process-name=" + name));
        arguments.addAll(List.of(more));
        return start(arguments.toArray(String[]::new));
    }

    @Test
    void roundTripsOverTheMachinesOwnKernel() throws Exception {
        Child echo = application("echo", "--binding=linux");
        Child ping = application("ping", "--binding=linux");
        assertThat(echo.line()).isEqualTo("READY binding=linux");
        assertThat(ping.line()).isEqualTo("READY binding=linux");

        String serving = echo.ask("serve workload=udp-rtt port=0 bytes=1");
        assertThat(serving).matches("SERVING \\{\"port\":[0-9]+\\}");
        String port = serving.replaceAll("[^0-9]", "");
        assertThat(ping.ask("connect workload=udp-rtt peer=127.0.0.1:" + port + " bytes=1"))
                .isEqualTo("CONNECTED {}");
        for (String command : List.of("warm operations=50", "trial operations=300")) {
            String operations = command.replaceAll("[^0-9]", "");
            echo.say(command);
            assertThat(ping.ask(command))
                    .startsWith("DONE {\"operations\":" + operations + ",\"elapsedNanos\":")
                    .contains("\"cpuNanos\":", "\"allocatedBytes\":", "\"histogram\":\"");
            assertThat(echo.line()).startsWith("DONE {\"operations\":" + operations + ",");
        }
        assertThat(ping.ask("stop")).isEqualTo("STOPPED {}");
        assertThat(ping.ask("allocated")).matches("ALLOCATED [0-9]+");
        assertThat(ping.ask("counters")).startsWith("COUNTERS {\"crossings\":{\"traps\":0,");
    }

    @Test
    void wrongCommandsAreRefusedAndTheProcessGoesOn() throws Exception {
        Child child = application("client", "--binding=linux");
        child.line();
        assertThat(child.ask("trial operations=1"))
                .isEqualTo("FAILED {\"message\":\"trial: nothing is open: serve or connect first\"}");
        assertThat(child.ask("serve workload=chess port=1"))
                .isEqualTo(
                        "FAILED {\"message\":\"serve: there is no workload \\\"chess\\\"; there are udp-rtt, tcp-rtt and tcp-stream\"}");
        assertThat(child.ask("serve workload=udp-rtt port=0 colour=red"))
                .isEqualTo("FAILED {\"message\":\"serve: there is no key colour\"}");
        assertThat(child.ask("connect primitive=telepathy"))
                .startsWith("FAILED {\"message\":\"connect: there is no primitive");
        assertThat(child.ask("serve primitive=copyPerKilobyte"))
                .startsWith("FAILED {\"message\":\"serve: copyPerKilobyte has no");
        assertThat(child.ask("connect primitive=copyPerKilobyte")).isEqualTo("CONNECTED {}");
        assertThat(child.ask("trial operations=0")).startsWith("FAILED");
        assertThat(child.ask("trial operations=1000")).startsWith("DONE {\"operations\":1000,");
    }

    @Test
    void processWithoutBindingHasNoWorkloads() throws Exception {
        Child child = application("client");
        assertThat(child.line()).isEqualTo("READY binding=none");
        assertThat(child.ask("serve workload=udp-rtt port=0"))
                .isEqualTo(
                        "FAILED {\"message\":\"serve: this process has no sockets: it was started with --binding=none\"}");
    }

    @Test
    void primitivesOfTwoProcesses() throws Exception {
        Child serving = application("serving");
        Child calling = application("calling");
        serving.line();
        calling.line();
        for (String primitive :
                List.of("bareFutexRoundTrip", "doorbell", "polledDoorbell", "bareGrpcStreamRoundTrip")) {
            String said = serving.ask("serve primitive=" + primitive);
            String path = said.replaceAll("SERVING \\{\"path\":\"(.*)\"\\}", "$1");
            assertThat(calling.ask("connect primitive=" + primitive + " path=" + path))
                    .isEqualTo("CONNECTED {}");
            for (int operations : new int[] {1, 200}) {
                serving.say("trial operations=" + operations);
                assertThat(calling.ask("trial operations=" + operations))
                        .as(primitive)
                        .startsWith("DONE {\"operations\":" + operations + ",")
                        .contains("\"nanosPerOperation\":", "\"histogram\":\"");
                assertThat(serving.line()).isEqualTo("DONE {\"operations\":" + operations + "}");
            }
            assertThat(serving.ask("stop")).isEqualTo("STOPPED {}");
        }
    }

    @Test
    void stopsWhenItsInputClosesAlsoDuringATrial() throws Exception {
        Child idle = application("idle", "--binding=linux");
        Child busy = application("busy", "--binding=linux");
        idle.line();
        busy.line();
        busy.ask("serve workload=udp-rtt port=0");
        busy.say("trial operations=1000");
        assertThat(idle.closeInput(2, TimeUnit.SECONDS)).isZero();
        assertThat(busy.closeInput(2, TimeUnit.SECONDS)).isZero();
    }

    @Test
    void wrongArgumentsEndWithCode2() throws Exception {
        for (String wrong : List.of("--binding=telepathy", "--colour=red", "--binding=call")) {
            Child child = application("client", wrong);
            assertThat(child.exitCode()).as(wrong).isEqualTo(2);
        }
        assertThat(start("--process-name=client").exitCode()).isEqualTo(2);
    }

    @Test
    void missingKernelEndsWithCode1() throws Exception {
        assertThat(application("client", "--binding=trap").exitCode()).isEqualTo(1);
    }

    @Test
    void crossingsCanBeReadFromOutside() throws Exception {
        application("client").line();
        Path file = HostDirectory.open(host).crossings("client");
        assertThat(Crossings.read(file)).containsEntry(Crossing.TRAPS, 0L);
    }
}
