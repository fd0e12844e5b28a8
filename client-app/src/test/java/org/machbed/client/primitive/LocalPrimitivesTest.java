package org.machbed.client.primitive;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Primitives of one process. */
@Timeout(30)
class LocalPrimitivesTest {
    @TempDir
    private Path directory;

    private Surroundings surroundings;

    @BeforeEach
    void createHost() throws IOException {
        surroundings = new Surroundings(
                HostDirectory.create(directory.resolve("host")), MachTransport.GRPC, Crossings.unshared());
    }

    private Role connect(String primitive, String words) throws IOException {
        return Primitives.connect(primitive, CommandArguments.parse(words), surroundings);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "copyPerKilobyte",
                "copyPerKilobyte bytes=65535",
                "checksumPerKilobyte",
                "checksumPerKilobyte bytes=1",
                "filterInstruction",
                "stackSend",
                "stackSend bytes=1472",
                "stackReceive",
                "stackReceive bytes=1472",
                "handOff",
                "handOff threads=virtual",
                "handOff threads=mixed"
            })
    void operationsThatFillNoBatchOrSeveralAreMeasured(String line) throws Exception {
        String[] words = line.split(" ", 2);
        try (Role role = connect(words[0], words.length > 1 ? words[1] : "")) {
            for (long operations : new long[] {1, 256, 1000}) {
                assertThat(role.trial(operations).toString())
                        .startsWith("{\"operations\":" + operations + ",")
                        .contains("\"nanosPerOperation\":", "\"medianNanosPerOperation\":", "\"histogram\":\"");
            }
        }
    }

    @Test
    void wrongWordsAreRefused() {
        assertThatThrownBy(() -> connect("copyPerKilobyte", "bytes=0")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> connect("stackSend", "bytes=1473")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> connect("handOff", "threads=green"))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("platform, virtual, mixed");
        assertThatThrownBy(() -> connect("nullTrap", "bytes=1")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> connect("", ""))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("bareFutexRoundTrip, nullTrap");
    }

    @Test
    void primitiveOfTwoProcessesNeedsToKnowTheOther() {
        assertThatThrownBy(() -> connect("doorbell", ""))
                .isInstanceOf(UsageException.class)
                .hasMessage("path is missing");
        assertThatThrownBy(() -> connect("bareFutexRoundTrip", "path=/nowhere")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> connect("nullTrap", "")).isInstanceOf(IOException.class);
    }
}
