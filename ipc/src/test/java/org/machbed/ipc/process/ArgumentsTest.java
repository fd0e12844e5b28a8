package org.machbed.ipc.process;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ArgumentsTest {
    enum Binding {
        TRAP,
        UDP_RPC
    }

    /** A type with a parser of its own. */
    record Prefix(int length) {
        public static Prefix parse(String text) {
            if (!text.startsWith("/")) {
                throw new IllegalArgumentException("a prefix starts with /");
            }
            return new Prefix(Integer.parseInt(text.substring(1)));
        }
    }

    record Sample(
            Path hostDirectory,
            String processName,
            @DefaultValue("1500") int mtu,
            Optional<Long> seed,
            @DefaultValue("udp-rpc") Binding binding,
            @DefaultValue("true") boolean udpChecksum,
            @DefaultValue("0.5") double loss,
            @DefaultValue("/24") Prefix prefix) {
        Sample {
            if (mtu < 68) {
                throw new IllegalArgumentException("--mtu is " + mtu + ", less than the 68 of RFC 791");
            }
        }
    }

    @Test
    void keysAreComponentsInKebabCaseAndTheRestHasDefaults() {
        Sample sample =
                Arguments.parse(new String[] {"--host-directory=/dev/shm/a", "--process-name=k=1"}, Sample.class);
        assertThat(sample)
                .isEqualTo(new Sample(
                        Path.of("/dev/shm/a"),
                        "k=1",
                        1500,
                        Optional.empty(),
                        Binding.UDP_RPC,
                        true,
                        0.5,
                        new Prefix(24)));
    }

    @Test
    void everythingCanBeGiven() {
        Sample sample = Arguments.parse(
                Map.of(
                        "host-directory", "h",
                        "process-name", "p",
                        "mtu", "9000",
                        "seed", "-7",
                        "binding", "trap",
                        "udp-checksum", "false",
                        "loss", "0.01",
                        "prefix", "/16"),
                Sample.class);
        assertThat(sample)
                .isEqualTo(new Sample(
                        Path.of("h"), "p", 9000, Optional.of(-7L), Binding.TRAP, false, 0.01, new Prefix(16)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--mtu=abc|--mtu is \"abc\", which is no whole number of 32 bits",
                "--mtu=99999999999|--mtu is \"99999999999\", which is no whole number of 32 bits",
                "--seed=1.5|--seed is \"1.5\", which is no whole number of 64 bits",
                "--loss=x|--loss is \"x\", which is no number",
                "--udp-checksum=yes|--udp-checksum is \"yes\", which is neither true nor false",
                "--binding=TRAP|--binding is \"TRAP\", which is none of trap, udp-rpc",
                "--prefix=24|--prefix is \"24\": a prefix starts with /",
                "--mtu=10|--mtu is 10, less than the 68 of RFC 791",
                "--process-name=again|--process-name is given twice",
                "--mtuu=1|there is no key --mtuu; the keys are --host-directory, --process-name, --mtu, --seed, --binding, --udp-checksum, --loss, --prefix",
                "mtu=1|argument \"mtu=1\" is not of the form --key=value; the keys are --host-directory, --process-name, --mtu, --seed, --binding, --udp-checksum, --loss, --prefix",
            })
    void whatIsWrongIsNamed(String argument, String message) {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> Arguments.parse(
                        new String[] {"--host-directory=h", "--process-name=p", argument}, Sample.class))
                .withMessage(message);
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> Arguments.parse(new String[] {"--process-name=p"}, Sample.class))
                .withMessage("--host-directory is missing");
    }

    @Test
    void commandsHaveArgumentsToo() {
        CommandArguments arguments = CommandArguments.parse(" workload=udp-rtt  bytes=1 ");
        assertThat(arguments.required("workload")).isEqualTo("udp-rtt");
        assertThat(arguments.optionalInt("port", 5001)).isEqualTo(5001);
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(arguments::requireNoOthers)
                .withMessage("there is no key bytes");
        assertThat(arguments.optionalInt("bytes", 0)).isEqualTo(1);
        arguments.requireNoOthers();
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> arguments.requiredLong("operations"))
                .withMessage("operations is missing");
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> CommandArguments.parse("a=1 a=2"));
        assertThatExceptionOfType(UsageException.class).isThrownBy(() -> CommandArguments.parse("word"));
        assertThatExceptionOfType(UsageException.class)
                .isThrownBy(() -> CommandArguments.parse("n=99999999999").optionalInt("n", 1));
    }
}
