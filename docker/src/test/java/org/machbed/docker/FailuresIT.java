package org.machbed.docker;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What befalls a container in the middle of a stream: the bytes are exact once it is over, or the program gets an error in time. */
@Timeout(600)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class FailuresIT {
    private static final String CLIENT = "a-client-app-1";

    /** A stream's peer that has gone answers by a reset when its host is back; until then TCP asks again (RFC 6298 section 5.5). */
    private static final long TRANSFER_LIMIT_SECONDS = 240;

    private final List<Process> programs = new ArrayList<>();

    @AfterEach
    void endPrograms() {
        programs.forEach(Process::destroy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-kernel-node-1", "b-kernel-node-1", "b-client-app-1"})
    void aPausedRoleLosesNothing(String service, TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        var docker = hosts.container(service).getDockerClient();
        docker.pauseContainerCmd(hosts.id(service)).exec();
        try {
            transfer.goOn();
        } finally {
            docker.unpauseContainerCmd(hosts.id(service)).exec();
        }
        assertThat(transfer.outcome()).isEqualTo("exact");
    }

    @Test
    void aKilledApplicationEndsItsStreamsAndComesBack(TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        kill(hosts, "b-client-app-1", "[o]rg.machbed.client.ClientApp");
        transfer.goOn();
        assertThat(transfer.outcome()).startsWith("error: ");
        awaitExactTransfer(hosts);
    }

    /**
     * Ends a role's process without a word; its node ends with it, and the engine starts the container again.
     *
     * @param pattern for its command line, which this call's own must not match
     */
    private static void kill(TwoHosts hosts, String service, String pattern) throws Exception {
        var killed = hosts.exec(
                service,
                "sh",
                "-c",
                "for process in /proc/[0-9]*; do grep -qs \"$1\" $process/cmdline && kill -9 ${process#/proc/}; done; true",
                "sh",
                pattern);
        assertThat(killed.getExitCode()).isZero();
    }

    /** As soon as the host serves again. */
    private void awaitExactTransfer(TwoHosts hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TRANSFER_LIMIT_SECONDS);
        String program = hosts.install(CLIENT, "Greeting.java");
        String said;
        do {
            assertThat(System.nanoTime()).as("host b serves again").isLessThan(deadline);
            said = hosts.exec(CLIENT, "machbed", "run", "--", "java", program, TwoHosts.ADDRESS_OF_B)
                    .getStdout();
        } while (!said.contains("stream greeting"));
        Transfer transfer = startTransfer(hosts);
        transfer.goOn();
        assertThat(transfer.outcome()).isEqualTo("exact");
    }

    private Transfer startTransfer(TwoHosts hosts) throws Exception {
        String program = hosts.install(CLIENT, "Transfer.java");
        Process process = new ProcessBuilder(Engine.command(List.of(
                        "exec",
                        "-i",
                        hosts.id(CLIENT),
                        "machbed",
                        "run",
                        "--",
                        "java",
                        program,
                        TwoHosts.ADDRESS_OF_B)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        programs.add(process);
        var transfer = new Transfer(process, process.inputReader());
        assertThat(transfer.lines().readLine()).isEqualTo("half");
        return transfer;
    }

    /** A program in a container that has sent half of a stream and waits. */
    private record Transfer(Process process, BufferedReader lines) {
        void goOn() throws Exception {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertThat(lines.readLine()).isEqualTo("going on");
        }

        String outcome() throws Exception {
            assertThat(process.waitFor(TRANSFER_LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("ends in time")
                    .isTrue();
            return String.valueOf(lines.readLine());
        }
    }
}
