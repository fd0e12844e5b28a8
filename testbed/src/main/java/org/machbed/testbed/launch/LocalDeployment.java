package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.machine.ProcFs;
import org.machbed.testbed.machine.SharedMemoryUse;
import org.machbed.testbed.topology.ProcessKind;
import org.machbed.testbed.topology.Topology;

/** All hosts are on this machine, below one directory of shared memory, which a reaper removes when the launcher is gone. */
public final class LocalDeployment implements Deployment {
    private final RunDirectory directory;
    private final Reaper reaper;
    private final CompletableFuture<RunFailure> failure = new CompletableFuture<>();

    private LocalDeployment(RunDirectory directory, Reaper reaper) {
        this.directory = directory;
        this.reaper = reaper;
        var _ = reaper.process()
                .onExit()
                .thenAccept(_ -> failure.complete(new RunFailure(
                        "the process that cleans up after the launcher was killed while the run was on.")));
    }

    /**
     * Makes room for a run.
     *
     * @param sharedMemory where its directory goes
     */
    public static LocalDeployment open(RunKind kind, Path sharedMemory) throws RunFailure {
        for (String program : List.of("taskset", "setsid")) {
            if (!JvmCommand.onPath(program)) {
                throw new RunFailure(program + " is not on the PATH; it comes with the package util-linux.");
            }
        }
        RunDirectory directory = RunDirectory.create(sharedMemory, kind);
        try {
            return new LocalDeployment(directory, Reaper.start(directory.path()));
        } catch (IOException e) {
            directory.close();
            throw new RunFailure(
                    "cannot open a run in " + sharedMemory + ": " + FileFailure.reason(e, sharedMemory), e);
        }
    }

    @Override
    public Path directory() {
        return directory.path();
    }

    @Override
    public void createHosts(RowPlan row) throws IOException {
        Files.createDirectory(row.directory());
        for (Path host : row.hostDirectories()) {
            HostDirectory.create(host);
        }
    }

    @Override
    public void removeHosts(RowPlan row) {
        RunDirectory.deleteTree(row.directory());
    }

    @Override
    public HostedProcess start(ProcessPlan plan, boolean shared, JvmCommand jvm, Path logDirectory, Path log)
            throws IOException {
        LocalProcess process =
                LocalProcess.start(shared ? jvm.ofShared(plan, logDirectory) : jvm.of(plan, logDirectory), log);
        try {
            reaper.watch(process.pid());
            return process;
        } catch (IOException e) {
            // Nobody would clean up after it.
            process.kill();
            throw new FileSystemException(directory.path().toString(), null, e.getMessage());
        }
    }

    @Override
    public CompletableFuture<RunFailure> failure() {
        return failure.copy();
    }

    @Override
    public Optional<String> full() {
        return FileFailure.ifFull(directory.path());
    }

    @Override
    public String wasFull() {
        return FileFailure.full(directory.path());
    }

    @Override
    public String wire(Topology topology) {
        return topology.wire().label();
    }

    @Override
    public OptionalInt mtuBytes(Topology topology, int asked) {
        return topology.uses(ProcessKind.MACHINE) ? Machine.loopbackMtuBytes() : OptionalInt.of(asked);
    }

    @Override
    public ProcFs.CpuTicks ticksOf(HostSettings host) throws IOException {
        return ProcFs.ticksOf(host.cpu());
    }

    @Override
    public long throttled() {
        return Machine.throttled();
    }

    @Override
    public Map<Path, Long> memoryBytes(Collection<RowPlan> rows) throws IOException {
        return SharedMemoryUse.bytes(
                rows.stream().flatMap(row -> row.hostDirectories().stream()).toList());
    }

    @Override
    public void close() {
        directory.close();
        reaper.dismiss();
    }
}
