package org.machbed.docker;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.containers.Container.ExecResult;

import static org.assertj.core.api.Assertions.assertThat;

/** The hosts that stand: an unmodified program of one speaks to the services of the other; nobody has more than his role needs. */
@Timeout(600)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class StandingHostsIT {
    private static final String CLIENT = "a-client-app-1";
    private static final String STANDING = "/dev/shm/machbed/standing/" + TwoHosts.TOPOLOGY + "/";

    @Test
    void anUnmodifiedProgramSpeaksToTheOtherHost(TwoHosts hosts) throws Exception {
        String program = hosts.install(CLIENT, "Greeting.java");

        ExecResult run = hosts.exec(CLIENT, "machbed", "run", "--", "java", program, TwoHosts.ADDRESS_OF_B);

        assertThat(run.getStdout().lines())
                .as(run.getStderr())
                .containsExactly(
                        "datagram greeting from " + TwoHosts.ADDRESS_OF_B,
                        "stream greeting from " + TwoHosts.ADDRESS_OF_B);
        assertThat(run.getExitCode()).isZero();
    }

    @Test
    void aClientEntersItsHostsMemoryAndListsNothingOfIt(TwoHosts hosts) throws Exception {
        assertThat(hosts.exec(CLIENT, "test", "-e", STANDING + "a/gate-kernel").getExitCode())
                .as("opens by name")
                .isZero();
        for (String directory : new String[] {"/dev/shm/machbed", STANDING + "a"}) {
            ExecResult list = hosts.exec(CLIENT, "ls", directory);
            assertThat(list.getExitCode()).isNotZero();
            assertThat(list.getStderr()).contains("Permission denied");
            assertThat(list.getStdout()).isEmpty();
        }
        assertThat(hosts.exec(CLIENT, "rm", "-f", STANDING + "a/gate-kernel").getStderr())
                .contains("Operation not permitted");
    }

    @Test
    void aClientCannotOpenTheOtherHostsMemory(TwoHosts hosts) throws Exception {
        assertThat(hosts.exec("b-client-app-1", "test", "-e", STANDING + "b/gate-kernel")
                        .getExitCode())
                .isZero();
        assertThat(hosts.exec(CLIENT, "test", "-e", STANDING + "b").getExitCode())
                .isEqualTo(1);
    }

    @Test
    void onlyTheKernelIsOnTheEthernet(TwoHosts hosts) throws Exception {
        String subnet = TwoHosts.ADDRESS_OF_B.substring(0, TwoHosts.ADDRESS_OF_B.indexOf('.', 3) + 1);
        assertThat(hosts.exec("a-kernel-node-1", "hostname", "-I").getStdout()).contains(subnet);
        for (String role : new String[] {"protocol-server", "connection-server", "client-app"}) {
            String service = "a-" + role + "-1";
            assertThat(hosts.exec(service, "hostname", "-I").getStdout())
                    .as(service)
                    .doesNotContain(subnet);
            // Neither do packets get there another way: the networks are internal, so there is no route.
            ExecResult ask = hosts.exec(
                    service, "curl", "--silent", "--show-error", "--max-time", "3", "http://" + TwoHosts.ADDRESS_OF_B);
            assertThat(ask.getExitCode()).as(service).isEqualTo(7);
        }
    }

    @Test
    void onlyTheKernelHasACapability(TwoHosts hosts) throws Exception {
        assertThat(effectiveCapabilities(hosts, "a-kernel-node-1"))
                .as("NET_RAW")
                .isEqualTo("0000000000002000");
        for (String role : new String[] {"protocol-server", "connection-server", "client-app"}) {
            assertThat(effectiveCapabilities(hosts, "a-" + role + "-1"))
                    .as(role)
                    .isEqualTo("0000000000000000");
        }
    }

    private static String effectiveCapabilities(TwoHosts hosts, String service) throws Exception {
        return hosts.exec(service, "sed", "-n", "s/^CapEff:\\s*//p", "/proc/self/status")
                .getStdout()
                .strip();
    }
}
