package org.machbed.docker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What befalls the roles in the middle of a stream, each in turn: the bytes are exact once it is over, or the program gets an error
 * in time. A stream that nothing ended serves the next test.
 */
@Timeout(600)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith({Engine.class, TwoHosts.Extension.class})
class FailuresIT {
    private static final String CLIENT = "a-client-app-1";

    /** How long a role is away: longer than a retransmission takes; nothing is asserted of the time. */
    private static final long AWAY_SECONDS = 1;

    /** One that the last test left as it found it; none after a failure, or when the test was its end. */
    private @Nullable Transfer transfer;

    @AfterAll
    void endTransfer() throws Exception {
        if (transfer != null) {
            try {
                assertThat(transfer.end()).isEqualTo("ended");
            } finally {
                transfer.destroy();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a-kernel-node-1",
                "a-protocol-server-1",
                "a-connection-server-1",
                "a-client-app-1",
                "b-kernel-node-1",
                "b-protocol-server-1",
                "b-connection-server-1",
                "b-client-app-1"
            })
    void aPausedRoleLosesNothing(String service, TwoHosts hosts) throws Exception {
        Transfer stream = stream(hosts);
        Engine.ask("pause", hosts.id(service));
        try {
            stream.tellToGoOn();
            TimeUnit.SECONDS.sleep(AWAY_SECONDS);
        } finally {
            Engine.ask("unpause", hosts.id(service));
        }
        assertThat(stream.said()).isEqualTo("exact");
        leave(stream);
    }

    /** A kernel-node that comes back finds its interface by the subnet, whatever it is called by then; the others have no part in it. */
    @ParameterizedTest
    @CsvSource({
        "a-kernel-node-1, ethernet",
        "a-protocol-server-1, control",
        "a-connection-server-1, control",
        "a-client-app-1, control",
        "b-kernel-node-1, ethernet",
        "b-protocol-server-1, control",
        "b-connection-server-1, control",
        "b-client-app-1, control"
    })
    void aRoleThatWasOffItsNetworkLosesNothing(String service, String network, TwoHosts hosts) throws Exception {
        Transfer stream = stream(hosts);
        String id = hosts.id(service);
        String net = hosts.network(network);
        // Compose gave it names and an address there, by which others find it: it gets them again.
        String address =
                Engine.ask("inspect", "-f", "{{(index .NetworkSettings.Networks \"" + net + "\").IPAddress}}", id);
        String names = Engine.ask(
                "inspect",
                "-f",
                "{{join (index .NetworkSettings.Networks \"" + net + "\").Aliases \" --alias \"}}",
                id);
        Engine.ask("network", "disconnect", net, id);
        try {
            stream.tellToGoOn();
            TimeUnit.SECONDS.sleep(AWAY_SECONDS);
        } finally {
            List<String> connect = new ArrayList<>(List.of("network", "connect", "--ip", address, "--alias"));
            connect.addAll(List.of(names.split(" ")));
            connect.addAll(List.of(net, id));
            Engine.ask(connect.toArray(String[]::new));
        }
        assertThat(stream.said()).isEqualTo("exact");
        leave(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a-connection-server-1", "b-connection-server-1"})
    void aRoleWithoutAPartMayBeKilled(String service, TwoHosts hosts) throws Exception {
        Transfer stream = stream(hosts);
        kill(hosts, service);
        stream.tellToGoOn();
        assertThat(stream.said()).isEqualTo("exact");
        leave(stream);
    }

    /** The engine starts its container again, and the host serves as before. */
    @ParameterizedTest
    @ValueSource(strings = {"b-client-app-1", "b-protocol-server-1", "b-kernel-node-1", "a-client-app-1"})
    void aRoleThatIsKilledEndsItsStreamsAndComesBack(String service, TwoHosts hosts) throws Exception {
        killInTheMiddle(service, hosts);
    }

    /** The same on the other side. */
    @ParameterizedTest
    @ValueSource(strings = {"a-protocol-server-1", "a-kernel-node-1"})
    @EnabledIfSystemProperty(named = "machbed.long", matches = "true", disabledReason = "it takes a minute")
    void aRoleBelowTheProgramThatIsKilledEndsItsStreamsAndComesBack(String service, TwoHosts hosts) throws Exception {
        killInTheMiddle(service, hosts);
    }

    private void killInTheMiddle(String service, TwoHosts hosts) throws Exception {
        Transfer stream = stream(hosts);
        kill(hosts, service);
        if (!service.equals(CLIENT)) {
            stream.tellToGoOn();
            assertThat(stream.said()).startsWith("error: ");
        }
        stream.awaitEnd();
        Transfer again = stream(hosts);
        again.tellToGoOn();
        assertThat(again.said()).isEqualTo("exact");
        leave(again);
    }

    /** Ends all that runs in the container without a word, and so the container; not as one that was stopped, as {@code docker kill}. */
    private static void kill(TwoHosts hosts, String service) throws Exception {
        hosts.exec(service, "sh", "-c", "kill -9 -1");
    }

    /** One that has sent a part, as soon as the hosts serve it. It is the test's, until that {@link #leave}s it. */
    private Transfer stream(TwoHosts hosts) throws Exception {
        awaitReady(hosts);
        Transfer taken = transfer;
        transfer = null;
        if (taken == null) {
            taken = connected(hosts);
            taken.tellToGoOn();
            assertThat(taken.said()).isEqualTo("exact");
        }
        return taken;
    }

    /** Leaves a stream through which nothing was lost to the next test. */
    private void leave(Transfer stream) {
        transfer = stream;
    }

    private static void awaitReady(TwoHosts hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Transfer.LIMIT_SECONDS);
        while (!hosts.areReady()) {
            assertThat(System.nanoTime()).as("hosts are ready").isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    private static Transfer connected(TwoHosts hosts) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Transfer.LIMIT_SECONDS);
        while (true) {
            Transfer attempt = Transfer.start(hosts, CLIENT);
            String said = attempt.said();
            if (said.equals("connected")) {
                return attempt;
            }
            // A role that is about to die of another's death was ready still.
            assertThat(System.nanoTime())
                    .as("hosts serve again; last: %s", said)
                    .isLessThan(deadline);
            awaitReady(hosts);
        }
    }
}
