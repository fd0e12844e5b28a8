package org.machbed.link.session;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.netstack.socket.SessionRecords;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SessionMemoryTest {
    @TempDir
    Path directory = Path.of("");

    private Path path() {
        return directory.resolve("sessions");
    }

    @Test
    void theServerSeesWhatTheLibraryWroteAndTheOtherWayRound() throws IOException {
        try (SessionMemory library = SessionMemory.create(path(), 8, 8192);
                SessionMemory server = SessionMemory.open(path())) {
            assertThat(server.slots()).isEqualTo(8);
            assertThat(server.rings().byteSize()).isEqualTo(8192);
            library.rings().set(ValueLayout.JAVA_LONG, 8184, 77);
            assertThat(server.rings().get(ValueLayout.JAVA_LONG, 8184)).isEqualTo(77);
            SessionRecords.Found nothing = new SessionRecords.Found(false, null);
            assertThat(server.records().look(3, server.rings())).isEqualTo(nothing);
            assertThat(library.records().isTaken(3)).isFalse();
            assertThat(server.records().take(3, server.rings())).isEqualTo(nothing);
            assertThat(library.records().isTaken(3)).isTrue();
            assertThat(library.records().isTaken(2)).isFalse();
            assertThatThrownBy(() -> server.records().take(8, server.rings()))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void whatIsNoSessionMemoryIsRefused() throws IOException {
        assertThatThrownBy(() -> SessionMemory.open(path())).isInstanceOf(IOException.class);
        Files.write(path(), new byte[10]);
        assertThatThrownBy(() -> SessionMemory.open(path()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no session memory");
        Path link = directory.resolve("link");
        Files.createSymbolicLink(link, path());
        assertThatThrownBy(() -> SessionMemory.open(link)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SessionMemory.open(directory)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SessionMemory.create(directory.resolve("x"), SessionMemory.MAX_SLOTS + 1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDamagedHeaderIsRefusedOrDescribesWhatIsThere() throws IOException {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        SessionMemory.create(path(), 8, 8192).close();
        try (SharedMemory raw = SharedMemory.open(path())) {
            byte[] good = raw.segment().asSlice(0, 64).toArray(ValueLayout.JAVA_BYTE);
            for (int i = 0; i < 2_000; i++) {
                MemorySegment.copy(good, 0, raw.segment(), ValueLayout.JAVA_BYTE, 0, 64);
                raw.segment().set(ValueLayout.JAVA_BYTE, random.nextInt(32), (byte) random.nextInt());
                try (SessionMemory opened = SessionMemory.open(path())) {
                    assertThat(opened.rings().byteSize()).isLessThanOrEqualTo(raw.sizeBytes());
                    assertThat(opened.records()
                                    .look(opened.slots() - 1, opened.rings())
                                    .state())
                            .isNull();
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining(path().toString());
                }
            }
        }
    }
}
