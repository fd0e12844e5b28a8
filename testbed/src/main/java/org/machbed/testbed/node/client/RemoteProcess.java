package org.machbed.testbed.node.client;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.proto.node.KillProcess;
import org.machbed.proto.node.MeterReading;
import org.machbed.proto.node.MeterRequest;
import org.machbed.proto.node.ProcessEvent;
import org.machbed.proto.node.ProcessInput;
import org.machbed.proto.node.StartProcess;
import org.machbed.testbed.launch.HostedProcess;
import org.machbed.testbed.launch.ProcessMeter;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.machine.ProcFs;

/** A process that a node runs. The call that stands for it carries its lines, its log and its end. */
final class RemoteProcess implements HostedProcess {
    private static final int START_LIMIT_SECONDS = 20;

    private static final Map<String, Crossing> CROSSINGS =
            Arrays.stream(Crossing.values()).collect(Collectors.toMap(Crossing::label, Function.identity()));

    private final NodeConnection node;
    private final StartProcess start;
    private final BufferedWriter log;
    private final CompletableFuture<Long> pid = new CompletableFuture<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final CompletableFuture<Consumer<String>> taker = new CompletableFuture<>();
    private @Nullable ClientCallStreamObserver<ProcessInput> inputs; // guarded by this

    private RemoteProcess(NodeConnection node, StartProcess start, BufferedWriter log) {
        this.node = node;
        this.start = start;
        this.log = log;
    }

    /**
     * Has a node start a process, and waits until it has.
     *
     * @param logFile takes its standard error
     */
    static RemoteProcess start(NodeConnection node, StartProcess start, Path logFile) throws IOException {
        var process = new RemoteProcess(
                node, start, Files.newBufferedWriter(logFile, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        ClientCallStreamObserver<ProcessInput> inputs = node.process(process.new Events());
        synchronized (process) {
            process.inputs = inputs;
            inputs.onNext(ProcessInput.newBuilder().setStart(start).build());
        }
        try {
            process.pid.get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
            return process;
        } catch (ExecutionException e) {
            Status status = Status.fromThrowable(e.getCause());
            String description = status.getDescription();
            throw new IOException(
                    description == null ? node.name() + ": " + NodeConnection.reason(status) : description, e);
        } catch (TimeoutException e) {
            inputs.cancel("not started in time", null);
            throw new IOException(node.name() + " has not started it within " + START_LIMIT_SECONDS + " s", e);
        } catch (InterruptedException e) {
            inputs.cancel("interrupted", null);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** What the node tells; gRPC calls it once at a time, in order. */
    private final class Events implements ClientResponseObserver<ProcessInput, ProcessEvent> {
        @Override
        public void beforeStart(ClientCallStreamObserver<ProcessInput> stream) {}

        @Override
        public void onNext(ProcessEvent event) {
            switch (event.getEventCase()) {
                case STARTED_PID -> pid.complete(event.getStartedPid());
                case LINE -> taker.join().accept(event.getLine());
                case LOG -> log(event.getLog());
                case EXIT_CODE -> end(event.getExitCode());
                case EVENT_NOT_SET -> {}
            }
        }

        @Override
        public void onError(Throwable thrown) {
            pid.completeExceptionally(thrown);
            end(LOST);
        }

        @Override
        public void onCompleted() {
            end(LOST);
        }
    }

    private void log(String line) {
        try {
            log.write(line);
            log.newLine();
            // Who reads it does so when something has gone wrong.
            log.flush();
        } catch (IOException e) {
            System.err.println("machbed: cannot write the log of " + start.getProgram() + ": " + e.getMessage());
        }
    }

    private void end(int code) {
        if (!exit.isDone()) {
            try {
                log.close();
            } catch (IOException e) {
                System.err.println("machbed: cannot write the log of " + start.getProgram() + ": " + e.getMessage());
            }
        }
        exit.complete(code);
    }

    @Override
    public long pid() {
        return pid.join();
    }

    @Override
    public void readLines(String name, Consumer<String> each) {
        taker.complete(each);
    }

    @Override
    public void write(String line) throws IOException {
        send(ProcessInput.newBuilder().setLine(line).build());
    }

    private synchronized void send(ProcessInput input) throws IOException {
        try {
            if (inputs != null && !exit.isDone()) {
                inputs.onNext(input);
            }
        } catch (IllegalStateException e) {
            throw new IOException(node.name() + " takes no more input", e);
        }
    }

    @Override
    public synchronized void closeInput() throws IOException {
        try {
            if (inputs != null && !exit.isDone()) {
                inputs.onCompleted();
            }
        } catch (IllegalStateException e) {
            throw new IOException(node.name() + " takes no more input", e);
        }
    }

    @Override
    public CompletableFuture<?> onExit() {
        return exit.copy();
    }

    @Override
    public boolean isAlive() {
        return !exit.isDone();
    }

    @Override
    public int exitCode() {
        return exit.join();
    }

    /** Has the node kill it. A call whose inputs have ended is cancelled instead, and the node stops the process by force. */
    @Override
    public synchronized void kill() {
        try {
            send(ProcessInput.newBuilder()
                    .setKill(KillProcess.getDefaultInstance())
                    .build());
        } catch (IOException e) {
            if (inputs != null) {
                inputs.cancel("killed", null);
            }
        }
    }

    @Override
    public boolean awaitExit(long deadlineNanos) throws InterruptedException {
        try {
            exit.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String allowedCpus() throws IOException {
        return read(start.getRow(), start.getName()).getAllowedCpus();
    }

    private MeterReading read(String row, String name) throws IOException {
        MeterRequest request = MeterRequest.newBuilder()
                .setPid(pid())
                .setRun(start.getRun())
                .setRow(row)
                .setName(name)
                .build();
        return node.call(stub -> stub.readMeter(request));
    }

    @Override
    public ProcessMeter meter(ProcessPlan part) {
        return new Meter(part);
    }

    private final class Meter implements ProcessMeter {
        private final ProcessPlan part;

        Meter(ProcessPlan part) {
            this.part = part;
        }

        @Override
        public Map<Crossing, Long> crossings() throws IOException {
            Map<Crossing, Long> crossings = new EnumMap<>(Crossing.class);
            read(part.row(), part.name()).getCrossingsMap().forEach((label, count) -> {
                Crossing crossing = CROSSINGS.get(label);
                if (crossing != null) {
                    crossings.put(crossing, count);
                }
            });
            return crossings;
        }

        @Override
        public ProcFs.Use use() throws IOException {
            MeterReading reading = read(part.row(), part.name());
            return new ProcFs.Use(reading.getContextSwitches(), reading.getCpuNanos());
        }

        @Override
        public void close() {
            // The node keeps nothing open.
        }
    }
}
