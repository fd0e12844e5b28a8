package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.ipc.chronicle.FrameQueuePair;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.Notification;
import org.machbed.ipc.mach.NotificationType;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A task in another process: it serves, and it is killed. */
@ParameterizedClass
@EnumSource(MachTransport.class)
@Timeout(60)
class TaskProcessTest {
    private static final Duration SOON = Duration.ofSeconds(40);

    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test");
    private final KernelPorts kernel;
    private final MachTask task;
    private final Process remote;

    TaskProcessTest(MachTransport transport) throws IOException {
        HostDirectory host = HostDirectory.open(directory);
        kernel = KernelPorts.open(host, true, Crossings.unshared(), failures::add);
        task = MachTask.connect(host, transport, "local");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (argument.startsWith("--") || argument.startsWith("-XX")) {
                command.add(argument);
            }
        }
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                TaskProcess.class.getName(),
                directory.toString(),
                transport.name()));
        remote = new ProcessBuilder(command).inheritIO().start();
    }

    @AfterEach
    void end() throws IOException {
        remote.destroyForcibly();
        task.close();
        kernel.close();
        assertThat(failures).isEmpty();
        FrameQueuePair.delete(directory);
    }

    private List<String> left(String prefix, Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .filter(name -> name.startsWith(prefix))
                    .toList();
        }
    }

    @Test
    void itServesAndWhenKilledTakesItsRightsAndMemoryAlong() throws Exception {
        PortName right = task.lookUp("remote", SOON);
        ByteString body = ByteString.copyFromUtf8("over there");
        assertThat(task.rpc(MachMessage.of(right, 1, body), SOON).body()).isEqualTo(body);
        try (ReceivedMessage reply = task.rpc(MachMessage.of(right, 3, body), SOON)) {
            assertThat(reply.regions().get(0).map().toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(body.toByteArray());
        }
        PortName notify = task.allocatePort(5);
        task.requestNotification(right, NotificationType.DEAD_NAME, notify);
        MachMessage kept = MachMessage.of(right, 2, body).withRegion(task.outOfLine(ByteBuffer.allocate(5000)));
        CompletableFuture<Throwable> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                throw new AssertionError(task.rpc(kept, null).toString());
            } catch (IOException e) {
                return e;
            }
        });
        // Behind the kept request on the same stream, so the other task has that when this is answered.
        assertThat(task.rpc(MachMessage.of(right, 1, body), SOON).id()).isEqualTo(101);

        remote.destroyForcibly().waitFor();

        assertThat(task.receive(notify, SOON).id()).isEqualTo(Notification.DEAD_NAME);
        assertThat(waiting.get())
                .isInstanceOfSatisfying(
                        MachException.class,
                        e -> assertThat(e.code()).isIn(MachCode.MIG_SERVER_DIED, MachCode.MACH_SEND_INVALID_DEST));
        assertThatThrownBy(() -> task.rpc(MachMessage.of(right, 1, body), null))
                .isInstanceOfSatisfying(
                        MachException.class, e -> assertThat(e.code()).isEqualTo(MachCode.MACH_SEND_INVALID_DEST));
        kept.regions().get(0).close();
        assertThat(left("", directory.resolve("memory-objects"))).isEmpty();
        while (left("chronicle-", directory).size() > 2) {
            // The kernel's thread deletes the dead task's queues in its own time.
            Thread.onSpinWait();
        }
    }

    @Test
    void itIsToldOfTheKernelsDeath() throws Exception {
        PortName right = task.lookUp("remote", SOON);
        // Behind the answer to its registering, which it waits for.
        task.rpc(MachMessage.of(right, 1, ByteString.EMPTY), SOON);
        kernel.close();
        assertThat(remote.waitFor()).isEqualTo(3);
    }

    @Test
    void aTaskWhoseKernelNeverLivedIsToldAtOnce() throws Exception {
        HostDirectory nobody = HostDirectory.create(directory.resolve("nobody"));
        for (MachTransport transport : MachTransport.values()) {
            assertThatThrownBy(() -> MachTask.connect(nobody, transport, "early"))
                    .isInstanceOfSatisfying(
                            MachException.class, e -> assertThat(e.code()).isEqualTo(MachCode.KERN_TERMINATED));
        }
    }
}
