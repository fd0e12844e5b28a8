package org.machbed.kernel.port;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** A task that attaches to a kernel and leaves again is nothing to be warned of. */
@Timeout(30)
class GrpcLogTest {
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

    @Test
    void aConnectionLogsNoWarning() throws IOException {
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        logged.start();
        root.addAppender(logged);
        Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
        try {
            HostDirectory host = HostDirectory.open(directory);
            KernelPorts kernel = KernelPorts.open(host, false, Crossings.unshared(), reason -> {});
            try (MachTask task = MachTask.connect(host, MachTransport.GRPC, "task", Crossings.unshared())) {
                assertThat(task.allocatePort(1)).isNotNull();
            } finally {
                kernel.close();
            }
        } finally {
            root.detachAppender(logged);
            try (Stream<Path> left = Files.walk(directory)) {
                for (Path path : left.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        List<String> warnings = logged.list.stream()
                .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::toString)
                .toList();
        assertThat(warnings).isEmpty();
    }
}
