package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RowPlanner;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunDirectory;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.TopologyCompiler;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.topology.Topology;

/** Both hosts are on this machine. */
final class LocalVenue implements Venue {
    @Override
    public void check(Topology topology) {}

    @Override
    public Run open(Path logs) throws RunFailure {
        return Run.open(RunDirectory.SHARED_MEMORY, logs);
    }

    @Override
    public Pinning pinning() throws IOException {
        return Pinning.ofThisMachine();
    }

    @Override
    public boolean realTime() {
        return Machine.root();
    }

    @Override
    public RowPlanner planner(boolean realTimeAllowed) throws IOException {
        return compiler(realTimeAllowed);
    }

    private TopologyCompiler compiler(boolean realTimeAllowed) throws IOException {
        return new TopologyCompiler(HostSettings.a(pinning()), HostSettings.b(pinning()), realTimeAllowed);
    }

    @Override
    public JvmCommand jvm(Run run, List<RowSpec> rows, TerminalProgress progress)
            throws RunFailure, InterruptedException, IOException {
        return new AotTrainer(run, compiler(realTime()), progress).jvm(rows);
    }

    @Override
    public HostSettings calibratedHost() throws IOException {
        return HostSettings.a(pinning());
    }

    @Override
    public OptionalInt otherCpu() throws IOException {
        return OptionalInt.of(pinning().cpuOfB());
    }

    @Override
    public String memory() {
        return RunDirectory.SHARED_MEMORY.toString();
    }

    @Override
    public long freeMemoryBytes() throws IOException {
        return Files.getFileStore(RunDirectory.SHARED_MEMORY).getUsableSpace();
    }

    @Override
    public String text() {
        return "local: both hosts on this machine";
    }

    @Override
    public List<String> notes() {
        return List.of();
    }
}
