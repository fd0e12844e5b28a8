package org.machbed.testbed.launch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.machine.ProcFs;

/** A virtual machine that is a child of this one. */
final class LocalProcess implements HostedProcess {
    private static final int READER_STACK_BYTES = 256 * 1024;

    private final Process process;

    private LocalProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts a virtual machine.
     *
     * @param log takes its standard error
     */
    static LocalProcess start(List<String> command, Path log) throws IOException {
        return new LocalProcess(new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start());
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void readLines(String name, Consumer<String> taker) {
        Thread.ofPlatform().daemon().name(name).stackSize(READER_STACK_BYTES).start(() -> readLines(taker));
    }

    private void readLines(Consumer<String> taker) {
        try (var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                taker.accept(line);
            }
        } catch (IOException e) {
            // The pipe breaks when the process dies, which onExit tells.
        }
    }

    @Override
    public synchronized void write(String line) throws IOException {
        OutputStream pipe = process.getOutputStream();
        pipe.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        pipe.flush();
    }

    @Override
    public void closeInput() throws IOException {
        process.getOutputStream().close();
    }

    @Override
    public CompletableFuture<?> onExit() {
        return process.onExit();
    }

    @Override
    public boolean isAlive() {
        return process.isAlive();
    }

    @Override
    public int exitCode() {
        return process.exitValue();
    }

    /** One that makes a cache has another virtual machine write it. */
    @Override
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public boolean awaitExit(long deadlineNanos) throws InterruptedException {
        return process.waitFor(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    @Override
    public String allowedCpus() throws IOException {
        return ProcFs.allowedCpus(pid());
    }

    @Override
    public ProcessMeter meter(ProcessPlan part) throws IOException {
        HostDirectory host = HostDirectory.open(part.hostDirectory());
        return new Meter(pid(), Crossings.open(host.crossings(part.name())));
    }

    private record Meter(long pid, Crossings page) implements ProcessMeter {
        @Override
        public Map<Crossing, Long> crossings() {
            return page.snapshot();
        }

        @Override
        public ProcFs.Use use() throws IOException {
            return ProcFs.useOf(pid);
        }

        @Override
        public void close() {
            page.close();
        }
    }
}
