package org.machbed.client.primitive;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.machbed.client.workload.Watchdog;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/**
 * {@code outOfLineMap}: what out-of-line memory adds to a message: making the memory object, mapping, reading and unmapping it.
 * Measured as pairs of RPCs, one with a region and one without, whose difference is the answer; both are stated too. Keys:
 * {@code bytes} of the region (64).
 */
final class OutOfLineMap implements Primitive {
    /** What the receiver looks for, so that it really reads what it maps. */
    static final byte FIRST_BYTE = 0x5A;

    private static final String DEFAULT_SERVICE = "out-of-line-map";
    private static final int DEFAULT_BYTES = 64;
    private static final int MAX_BYTES = 1 << 20;

    @Override
    public String name() {
        return "outOfLineMap";
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        String service = arguments.optional(NullRpc.SERVICE_KEY).orElse(DEFAULT_SERVICE);
        arguments.requireNoOthers();
        return NullRpc.serve(name(), service, 2, surroundings);
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        int bytes = Sizes.bytes(arguments, DEFAULT_BYTES, MAX_BYTES);
        MachTask task = NullRpc.connect(surroundings);
        try {
            PortName server = NullRpc.lookUp(task, arguments, DEFAULT_SERVICE);
            arguments.requireNoOthers();
            return new Pairs(task, server, bytes);
        } catch (IOException | RuntimeException e) {
            task.close();
            throw e;
        }
    }

    /** Each operation is two RPCs. */
    private static final class Pairs implements Role {
        private final MachTask task;
        private final MachMessage plain;
        private final ByteBuffer region;
        private final TrialRecord plainRecord = new TrialRecord();
        private final TrialRecord mappedRecord = new TrialRecord();

        Pairs(MachTask task, PortName server, int bytes) {
            this.task = task;
            this.plain = NullRpc.request(server);
            this.region = ByteBuffer.allocateDirect(bytes).put(0, FIRST_BYTE);
        }

        @Override
        public Json trial(long operations) throws IOException {
            plainRecord.start();
            mappedRecord.start();
            long done = 0;
            try (Watchdog watchdog = Watchdog.watch(TimedRole.LIMIT_NS, this::close)) {
                while (done < operations) {
                    pair();
                    watchdog.progress(++done);
                }
            }
            return mappedRecord
                    .finish(operations)
                    .put("nanosPerOperation", mappedRecord.meanNs() - plainRecord.meanNs())
                    .put("medianNanosPerOperation", mappedRecord.medianNs() - plainRecord.medianNs())
                    .put("rpcNanosWithRegion", mappedRecord.meanNs())
                    .put("rpcNanosWithoutRegion", plainRecord.meanNs())
                    .put("operationsPerSample", 1)
                    .put("histogram", mappedRecord.histogram());
        }

        private void pair() throws IOException {
            long startNs = System.nanoTime();
            NullRpc.call(task, plain);
            long betweenNs = System.nanoTime();
            NullRpc.call(task, withRegion());
            mappedRecord.sample(System.nanoTime() - betweenNs);
            plainRecord.sample(betweenNs - startNs);
        }

        private MachMessage withRegion() throws MachException {
            return plain.withRegion(task.outOfLine(region));
        }

        @Override
        public void close() {
            task.close();
        }
    }
}
