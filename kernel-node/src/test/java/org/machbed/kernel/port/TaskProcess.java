package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.HostDirectory;

/**
 * A task in a process of its own, for tests: registers {@code remote}, answers request 1 with its body, keeps request 2 (and the
 * memory that comes with it) without an answer, and answers request 3 with out-of-line memory. Has an unsent memory object, too.
 */
public final class TaskProcess {
    private TaskProcess() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        MachTask task = MachTask.connect(
                HostDirectory.open(Path.of(arguments[0])), MachTransport.valueOf(arguments[1]), "remote");
        task.onKernelDeath(() -> System.exit(3));
        PortName port = task.allocatePort(5);
        task.serve(port, request -> {
            try {
                switch (request.id()) {
                    case 1 -> task.reply(request, MachMessage.reply(101, request.body()));
                    case 3 ->
                        task.reply(
                                request,
                                MachMessage.reply(103, ByteString.EMPTY)
                                        .withRegion(
                                                task.outOfLine(request.body().asReadOnlyByteBuffer())));
                    default -> request.regions();
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        task.outOfLine(ByteBuffer.allocate(1000));
        task.register("remote", port);
        new CountDownLatch(1).await();
    }
}
