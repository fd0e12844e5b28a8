package org.machbed.docker;

import java.io.BufferedReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What befalls the roles in the middle of a stream, each in turn: the bytes are exact once it is over, or the program gets an error
 * in time.
 */
@Timeout(600)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class FailuresIT {
    private static final String CLIENT = "a-client-app-1";

    /** A peer that has gone answers by a reset when its host is back; until then TCP asks again, later each time (RFC 6298 section 5.5). */
    private static final long OUTCOME_LIMIT_SECONDS = 240;

    private final List<Process> programs = new ArrayList<>();

    @AfterEach
    void endPrograms() {
        programs.forEach(Process::destroy);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a-kernel-node-1",
                "a-protocol-server-1",
                "a-client-app-1",
                "b-kernel-node-1",
                "b-protocol-server-1",
                "b-connection-server-1",
                "b-client-app-1"
            })
    void aPausedRoleLosesNothing(String service, TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        docker("pause", hosts.id(service));
        try {
            transfer.tellToGoOn();
            // Longer than a retransmission takes; nothing is asserted of the time.
            TimeUnit.SECONDS.sleep(2);
        } finally {
            docker("unpause", hosts.id(service));
        }
        transfer.expectGoingOn();
        assertThat(transfer.outcome()).isEqualTo("exact");
    }

    /** A kernel-node that comes back finds its interface by the subnet, whatever it is called by then; the others have no part in it. */
    @ParameterizedTest
    @CsvSource({
        "a-kernel-node-1, ethernet",
        "b-kernel-node-1, ethernet",
        "a-protocol-server-1, control",
        "b-client-app-1, control"
    })
    void aRoleThatWasOffItsNetworkLosesNothing(String service, String network, TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        String id = hosts.id(service);
        String net = hosts.network(network);
        // Compose gave it names and an address there, by which others find it: it gets them again.
        String address = docker("inspect", "-f", "{{(index .NetworkSettings.Networks \"" + net + "\").IPAddress}}", id);
        String names = docker(
                "inspect",
                "-f",
                "{{join (index .NetworkSettings.Networks \"" + net + "\").Aliases \" --alias \"}}",
                id);
        docker("network", "disconnect", net, id);
        try {
            transfer.goOn();
            TimeUnit.SECONDS.sleep(2);
        } finally {
            List<String> connect = new ArrayList<>(List.of("network", "connect", "--ip", address, "--alias"));
            connect.addAll(List.of(names.split(" ")));
            connect.addAll(List.of(net, id));
            docker(connect.toArray(String[]::new));
        }
        assertThat(transfer.outcome()).isEqualTo("exact");
    }

    /** The engine starts its container again, and the host serves as before. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "b-client-app-1",
                "b-protocol-server-1",
                "b-kernel-node-1",
                "a-protocol-server-1",
                "a-kernel-node-1",
                "a-client-app-1"
            })
    void aRoleThatIsKilledEndsItsStreamsAndComesBack(String service, TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        kill(hosts, service);
        if (service.equals(CLIENT)) {
            assertThat(transfer.isOver()).as("ends with its container").isTrue();
        } else {
            transfer.goOn();
            assertThat(transfer.outcome()).startsWith("error: ");
        }
        awaitService(hosts);
        Transfer again = startTransfer(hosts);
        again.goOn();
        assertThat(again.outcome()).isEqualTo("exact");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-connection-server-1", "b-connection-server-1"})
    void aRoleWithoutAPartMayBeKilled(String service, TwoHosts hosts) throws Exception {
        Transfer transfer = startTransfer(hosts);
        kill(hosts, service);
        transfer.goOn();
        assertThat(transfer.outcome()).isEqualTo("exact");
    }

    /** Ends all that runs in the container without a word, and so the container; not as one that was stopped, as {@code docker kill}. */
    private static void kill(TwoHosts hosts, String service) throws Exception {
        hosts.exec(service, "sh", "-c", "kill -9 -1");
    }

    private static String docker(String... words) throws Exception {
        Engine.Said said = Engine.run(words);
        assertThat(said.code()).as(said.text()).isZero();
        return said.text().strip();
    }

    /** Until host b serves host a. */
    private static void awaitService(TwoHosts hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(OUTCOME_LIMIT_SECONDS);
        String said = "";
        while (!said.contains("stream greeting")) {
            assertThat(System.nanoTime())
                    .as("host b serves again; last: %s", said)
                    .isLessThan(deadline);
            TimeUnit.SECONDS.sleep(1);
            said = greet(hosts);
        }
    }

    private static String greet(TwoHosts hosts) throws Exception {
        Engine.Said up = Engine.run("exec", hosts.id(CLIENT), "true");
        if (up.code() != 0) {
            return up.text();
        }
        String program = hosts.install(CLIENT, "Greeting.java");
        return Engine.run("exec", hosts.id(CLIENT), "machbed", "run", "--", "java", program, TwoHosts.ADDRESS_OF_B)
                .text();
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
            tellToGoOn();
            expectGoingOn();
        }

        void tellToGoOn() throws Exception {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }

        void expectGoingOn() throws Exception {
            assertThat(lines.readLine()).isEqualTo("going on");
        }

        boolean isOver() throws InterruptedException {
            return process.waitFor(OUTCOME_LIMIT_SECONDS, TimeUnit.SECONDS);
        }

        String outcome() throws Exception {
            assertThat(isOver()).as("ends in time").isTrue();
            return String.valueOf(lines.readLine());
        }
    }
}
