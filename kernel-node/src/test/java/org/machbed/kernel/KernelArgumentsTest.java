package org.machbed.kernel;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.link.LinkSpecification;
import org.machbed.link.Wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Command lines of the kernel: which wires are understood, and what is refused with which words. */
class KernelArgumentsTest {
    private static KernelArguments parse(String wire) {
        List<String> line = new ArrayList<>(List.of(
                "--host-directory=/dev/shm/run/a",
                "--process-name=kernel",
                "--wire=" + wire,
                "--mac=02:00:00:00:00:01",
                "--address=192.0.2.1/24",
                "--sockets=in-kernel"));
        return Arguments.parse(line.toArray(String[]::new), KernelArguments.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "segment:/dev/shm/run/wire,delayNs=5",
                "tap:tap0",
                "tap:tap0,loss=0.01,duplication=0.1,reordering=0.1,corruption=0.1,seed=7",
                "bridge:br-12ab",
                "bridge:veth0,loss=0.05",
                "bridge:10.151.0.0/16",
                "udp:10.151.0.0/16:7410,peer=b-kernel-node:7410"
            })
    void everyWireIsUnderstood(String wire) {
        KernelArguments arguments = parse(wire);
        assertThat(arguments.drivesWire()).isTrue();
        assertThat(arguments.link()).isEqualTo(LinkSpecification.parse(wire));
    }

    @Test
    void sessionsNeedTheWireAndTheFamiliesInServers() {
        assertThat(parseMore("--wire=tap:tap0", "--sessions=true").sessions()).isTrue();
        assertThat(parse("tap:tap0").sessions()).isFalse();
        assertThatThrownBy(() -> parseMore("--wire=none", "--sessions=true"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--sessions needs a --wire");
        assertThatThrownBy(() -> parseMore(
                        "--wire=tap:tap0", "--sessions=true", "--sockets=in-kernel", "--address=192.0.2.1/24"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("sockets are elsewhere");
    }

    @Test
    void aWireThatIsHandedOverIsNotDrivenHere() {
        KernelArguments arguments = parseMore("--wire=tap:tap0", "--hand-over=server");
        assertThat(arguments.drivesWire()).isFalse();
        assertThat(arguments.handOver()).contains("server");
        assertThatThrownBy(() -> parseMore("--wire=none", "--hand-over=server"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--hand-over needs a --wire");
        assertThatThrownBy(() -> parseMore("--wire=tap:tap0", "--hand-over=server", "--capture=/tmp/file"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--capture is for who drives the wire");
        assertThatThrownBy(() -> parseMore(
                        "--wire=tap:tap0", "--hand-over=server", "--sockets=in-kernel", "--address=192.0.2.1/24"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("--sockets=in-kernel needs the wire that --hand-over gives away");
    }

    private static KernelArguments parseMore(String... more) {
        List<String> words = new ArrayList<>(
                List.of("--host-directory=/dev/shm/run/a", "--process-name=kernel", "--mac=02:00:00:00:00:01"));
        words.addAll(List.of(more));
        return Arguments.parse(words.toArray(String[]::new), KernelArguments.class);
    }

    @Test
    void aTapDeviceIsNamed() {
        assertThat(parse("tap:tap0,loss=0.5").link().wire()).isInstanceOf(Wire.Tap.class);
        assertThat(parse("tap:tap0,loss=0.5").link().wire().name()).isEqualTo("tap0");
        assertThat(parse("tap:tap0,loss=0.5").link().impairments().loss()).isEqualTo(0.5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "tap: ~ names no device",
                "tap:much-too-long-name ~ has 18 bytes, and Linux allows 15",
                "tap:tap0,rateBitsPerSecond=10000000 ~ only a segment has wire option rateBitsPerSecond",
                "bridge:veth0,colour=red ~ unknown wire option colour",
                "pigeon:x ~ is none that is known: segment:DIRECTORY, tap:NAME, bridge:INTERFACE",
            })
    void whatIsWrongIsNamed(String wire, String reason) {
        assertThatThrownBy(() -> parse(wire)).isInstanceOf(UsageException.class).hasMessageContaining(reason);
    }
}
