package org.machbed.testbed.measure;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.Reply;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.machine.ProcFs;

/** Has the applications of a running system do one workload, and meters its hosts meanwhile. */
final class RowDriver implements AutoCloseable {
    private static final Duration SETUP_LIMIT = Duration.ofSeconds(30);

    private final RowProcesses row;
    private final String role;
    private final Workload workload;
    private final Duration limit;
    private final ChildProcess sender;
    private final ChildProcess echo;
    private final HostMeter meterA;
    private final HostMeter meterB;

    /**
     * A driver of one of the rows of a system.
     *
     * @param role names it among those of the same processes
     */
    RowDriver(RowProcesses row, String role, Workload workload, Duration limit) throws RunFailure {
        this.row = row;
        this.role = role;
        this.workload = workload;
        this.limit = limit;
        this.sender = row.client(row.plan().a().name());
        this.echo = row.client(row.plan().b().name());
        try {
            this.meterA = new HostMeter(row.ofHost(row.plan().a().name()));
            this.meterB = new HostMeter(row.ofHost(row.plan().b().name()));
        } catch (IOException e) {
            throw new RunFailure("cannot read the counters of " + row.plan().name() + ": " + e.getMessage(), e);
        }
    }

    RowProcesses row() {
        return row;
    }

    /** Opens the sockets on both hosts. */
    void open(int port) throws RunFailure, InterruptedException {
        String what = "role=" + role + " workload=" + workload.name() + " bytes=" + workload.bytes();
        JsonNode serving = echo.ask("serve " + what + " port=" + port, "SERVING", SETUP_LIMIT)
                .json();
        String peer = row.plan().peerAddress() + ":" + serving.path("port").asInt(port);
        sender.ask("connect " + what + " peer=" + peer, "CONNECTED", SETUP_LIMIT);
    }

    /** Operations that nobody counts; answers their median in nanoseconds. */
    double warm(int operations) throws RunFailure, InterruptedException {
        return histogram(exchange("warm", operations).sender()).getValueAtPercentile(50);
    }

    /** One trial, metered. */
    Trial trial(int operations) throws RunFailure, InterruptedException {
        try {
            HostUse beforeA = meterA.read();
            HostUse beforeB = meterB.read();
            ProcFs.CpuTicks ticks = ticks();
            JsonNode done = exchange("trial", operations).sender();
            ProcFs.CpuTicks passed = ticks().minus(ticks);
            Map<String, HostUse> use = new LinkedHashMap<>();
            use.put(row.plan().a().name(), HostMeter.since(beforeA, meterA.read()));
            use.put(row.plan().b().name(), HostMeter.since(beforeB, meterB.read()));
            return new Trial(operations, done.path("elapsedNanos").asLong(), histogram(done), use, passed);
        } catch (IOException e) {
            throw new RunFailure("cannot meter " + row.plan().name() + ": " + e.getMessage(), e);
        }
    }

    private ProcFs.CpuTicks ticks() throws IOException {
        return row.deployment()
                .ticksOf(row.plan().a())
                .plus(row.deployment().ticksOf(row.plan().b()));
    }

    /**
     * Bytes that each process allocates per operation. Two trials of different lengths: their difference leaves out what the
     * commands themselves allocate.
     */
    Map<String, Double> allocatedBytesPerOperation(int operations) throws RunFailure, InterruptedException {
        int few = operations / 5;
        // The first reading loads classes, which would count as garbage of the short trial and hide that of the long
        // one.
        allocated();
        Map<String, Long> byFew = allocatedInTrial(few);
        Map<String, Long> byMany = allocatedInTrial(operations);
        Map<String, Double> perOperation = new LinkedHashMap<>();
        byFew.forEach((process, bytes) ->
                perOperation.put(process, (double) (byMany.getOrDefault(process, 0L) - bytes) / (operations - few)));
        return perOperation;
    }

    /**
     * The applications count within the trial alone: the reply has all latencies in it, so what making it allocates depends on
     * how many there were.
     */
    private Map<String, Long> allocatedInTrial(int operations) throws RunFailure, InterruptedException {
        Map<String, Long> before = allocated();
        Exchange done = exchange("trial", operations);
        Map<String, Long> bytes = allocated();
        bytes.replaceAll((process, after) -> after - before.getOrDefault(process, 0L));
        bytes.put(named(sender), done.sender().path("allocatedBytes").asLong());
        bytes.put(named(echo), done.echo().path("allocatedBytes").asLong());
        return bytes;
    }

    private static String named(ChildProcess process) {
        return process.plan().host() + "/" + process.plan().program();
    }

    private Map<String, Long> allocated() throws RunFailure, InterruptedException {
        Map<String, Long> bytes = new LinkedHashMap<>();
        for (ChildProcess process : row.all()) {
            String rest = process.ask("allocated", "ALLOCATED", SETUP_LIMIT).rest();
            bytes.put(named(process), Long.parseLong(rest.strip()));
        }
        return bytes;
    }

    /** What the applications say of operations that both have done. */
    private record Exchange(JsonNode sender, JsonNode echo) {}

    /** The echo must know how many are to come before the first one does. */
    private Exchange exchange(String verb, int operations) throws RunFailure, InterruptedException {
        String command = verb + " role=" + role + " operations=" + operations;
        var echoed = echo.submit(command);
        var sent = sender.submit(command);
        Reply done = sender.expect(sent, command, "DONE", limit);
        return new Exchange(
                done.json(), echo.expect(echoed, command, "DONE", limit).json());
    }

    private static Histogram histogram(JsonNode done) throws RunFailure {
        try {
            byte[] bytes = Base64.getDecoder().decode(done.path("histogram").asText());
            return Histogram.decodeFromCompressedByteBuffer(ByteBuffer.wrap(bytes), 0);
        } catch (DataFormatException | IllegalArgumentException | java.nio.BufferUnderflowException e) {
            throw new RunFailure("client-app answered a trial with a histogram that cannot be read", e);
        }
    }

    @Override
    public void close() {
        meterA.close();
        meterB.close();
    }
}
