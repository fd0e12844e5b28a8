package org.machbed.testbed.calibrate;

import java.util.List;
import org.machbed.testbed.predict.Primitive;

/**
 * How a primitive is measured.
 *
 * @param role its name in client-app's {@code serve} and {@code connect} commands
 * @param options further words of those commands
 * @param parties who takes part
 * @param operations of one trial
 * @param share what part of one measured operation the primitive is: half for a one-way wake-up measured there and back
 */
record PrimitiveRun(Primitive primitive, String role, String options, Parties parties, int operations, double share) {
    /** Who takes part in a measurement. */
    enum Parties {
        /** One process, with the kernel-node if it wants. */
        ALONE,
        /** Two processes on one CPU. */
        TWO_ON_ONE_CPU,
        /** Two processes, each on a CPU of its own. */
        TWO_CPUS
    }

    static List<PrimitiveRun> all() {
        return List.of(
                new PrimitiveRun(Primitive.BARE_FUTEX_ROUND_TRIP, "bareFutexRoundTrip", "", Parties.TWO_ON_ONE_CPU, 5_000, 1),
                new PrimitiveRun(Primitive.NULL_TRAP, "nullTrap", "", Parties.ALONE, 5_000, 1),
                new PrimitiveRun(
                        Primitive.BARE_GRPC_STREAM_ROUND_TRIP, "bareGrpcStreamRoundTrip", "", Parties.TWO_ON_ONE_CPU, 3_000, 1),
                new PrimitiveRun(Primitive.NULL_RPC, "nullRpc", "ipc=grpc", Parties.TWO_ON_ONE_CPU, 2_000, 1),
                new PrimitiveRun(Primitive.NULL_RPC_CHRONICLE, "nullRpc", "ipc=chronicle", Parties.TWO_ON_ONE_CPU, 2_000, 1),
                new PrimitiveRun(Primitive.KERNEL_RPC, "kernelRpc", "ipc=grpc", Parties.ALONE, 2_000, 1),
                new PrimitiveRun(Primitive.KERNEL_RPC_CHRONICLE, "kernelRpc", "ipc=chronicle", Parties.ALONE, 2_000, 1),
                new PrimitiveRun(Primitive.OUT_OF_LINE_MAP, "outOfLineMap", "", Parties.ALONE, 1_000, 1),
                new PrimitiveRun(Primitive.DOORBELL, "doorbell", "", Parties.TWO_ON_ONE_CPU, 5_000, 0.5),
                new PrimitiveRun(Primitive.DOORBELL_ACROSS, "doorbell", "", Parties.TWO_CPUS, 5_000, 0.5),
                new PrimitiveRun(Primitive.COPY_PER_KILOBYTE, "copyPerKilobyte", "", Parties.ALONE, 100_000, 1),
                new PrimitiveRun(Primitive.CHECKSUM_PER_KILOBYTE, "checksumPerKilobyte", "", Parties.ALONE, 100_000, 1),
                new PrimitiveRun(Primitive.FILTER_INSTRUCTION, "filterInstruction", "", Parties.ALONE, 100_000, 1),
                new PrimitiveRun(Primitive.STACK_SEND, "stackSend", "", Parties.ALONE, 20_000, 1),
                new PrimitiveRun(Primitive.STACK_RECEIVE, "stackReceive", "", Parties.ALONE, 20_000, 1),
                new PrimitiveRun(Primitive.HAND_OFF_PLATFORM, "handOff", "threads=platform", Parties.ALONE, 5_000, 1),
                new PrimitiveRun(Primitive.HAND_OFF_VIRTUAL, "handOff", "threads=virtual", Parties.ALONE, 5_000, 1),
                new PrimitiveRun(Primitive.SPL_PAIR, "splPair", "", Parties.ALONE, 50_000, 1));
    }
}
