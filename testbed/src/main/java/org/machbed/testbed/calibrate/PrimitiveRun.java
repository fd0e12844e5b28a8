package org.machbed.testbed.calibrate;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.predict.Primitive;

/**
 * How a primitive is measured.
 *
 * @param role its name in the {@code serve} and {@code connect} commands of the process that measures
 * @param options further words of the {@code connect} command
 * @param ipc what carries messages in the processes that take part
 * @param parties who takes part
 * @param operations of one trial
 * @param lessHalfOf what one operation contains one way of besides, measured before and to be taken off; {@code null} for nothing
 */
record PrimitiveRun(
        Primitive primitive,
        String role,
        String options,
        String ipc,
        Parties parties,
        int operations,
        @Nullable Primitive lessHalfOf) {
    private static final String GRPC = "grpc";
    private static final String CHRONICLE = "chronicle";

    /** Who takes part in a measurement. */
    enum Parties {
        /** One application, with the kernel-node if it wants. */
        ALONE,
        /** The protocol server alone: the mechanism is its own. */
        SERVER,
        /** Two processes on one CPU. */
        TWO_ON_ONE_CPU,
        /** Two processes, each on a CPU of its own. */
        TWO_CPUS
    }

    /** Whether a second process answers the one that measures. */
    boolean pair() {
        return switch (parties) {
            case ALONE, SERVER -> false;
            case TWO_ON_ONE_CPU, TWO_CPUS -> true;
        };
    }

    /** Whether systems whose messages are carried so, or that send none, can cross it. */
    boolean neededWith(Set<String> carriers) {
        return switch (primitive) {
            case BARE_GRPC_STREAM_ROUND_TRIP,
                    NULL_RPC,
                    NULL_RPC_CHRONICLE,
                    KERNEL_RPC,
                    KERNEL_RPC_CHRONICLE,
                    KERNEL_INDICATION,
                    KERNEL_INDICATION_CHRONICLE -> carriers.contains(ipc);
            // Of the servers that are reached by messages.
            case OUT_OF_LINE_MAP, FILTER_INSTRUCTION, SPL_PAIR -> !carriers.isEmpty();
            case BARE_FUTEX_ROUND_TRIP,
                    NULL_TRAP,
                    DOORBELL,
                    DOORBELL_ACROSS,
                    POLL_ACROSS,
                    COPY_PER_KILOBYTE,
                    CHECKSUM_PER_KILOBYTE,
                    STACK_SEND,
                    STACK_RECEIVE,
                    HAND_OFF_PLATFORM,
                    HAND_OFF_MIXED,
                    HAND_OFF_VIRTUAL -> true;
        };
    }

    /** Names the process that measures. */
    String near() {
        return parties == Parties.SERVER ? ServerParty.NAME : "near-" + ipc;
    }

    static List<PrimitiveRun> all() {
        return List.of(
                pair(Primitive.BARE_FUTEX_ROUND_TRIP, "bareFutexRoundTrip", GRPC, 5_000),
                alone(Primitive.NULL_TRAP, "nullTrap", "", GRPC, 5_000),
                pair(Primitive.BARE_GRPC_STREAM_ROUND_TRIP, "bareGrpcStreamRoundTrip", GRPC, 3_000),
                pair(Primitive.NULL_RPC, "nullRpc", GRPC, 2_000),
                pair(Primitive.NULL_RPC_CHRONICLE, "nullRpc", CHRONICLE, 2_000),
                alone(Primitive.KERNEL_RPC, "kernelRpc", "", GRPC, 2_000),
                alone(Primitive.KERNEL_RPC_CHRONICLE, "kernelRpc", "", CHRONICLE, 2_000),
                indication(Primitive.KERNEL_INDICATION, GRPC),
                indication(Primitive.KERNEL_INDICATION_CHRONICLE, CHRONICLE),
                pair(Primitive.OUT_OF_LINE_MAP, "outOfLineMap", GRPC, 1_000),
                pair(Primitive.DOORBELL, "doorbell", GRPC, 5_000),
                new PrimitiveRun(Primitive.DOORBELL_ACROSS, "doorbell", "", GRPC, Parties.TWO_CPUS, 5_000, null),
                new PrimitiveRun(Primitive.POLL_ACROSS, "polledDoorbell", "", GRPC, Parties.TWO_CPUS, 50_000, null),
                alone(Primitive.COPY_PER_KILOBYTE, "copyPerKilobyte", "", GRPC, 100_000),
                alone(Primitive.CHECKSUM_PER_KILOBYTE, "checksumPerKilobyte", "", GRPC, 100_000),
                alone(Primitive.FILTER_INSTRUCTION, "filterInstruction", "", GRPC, 100_000),
                alone(Primitive.STACK_SEND, "stackSend", "", GRPC, 50_000),
                alone(Primitive.STACK_RECEIVE, "stackReceive", "", GRPC, 50_000),
                alone(Primitive.HAND_OFF_PLATFORM, "handOff", "threads=platform", GRPC, 5_000),
                alone(Primitive.HAND_OFF_MIXED, "handOff", "threads=mixed", GRPC, 5_000),
                alone(Primitive.HAND_OFF_VIRTUAL, "handOff", "threads=virtual", GRPC, 5_000),
                new PrimitiveRun(Primitive.SPL_PAIR, "splPair", "", GRPC, Parties.SERVER, 100_000, null));
    }

    private static PrimitiveRun pair(Primitive primitive, String role, String ipc, int operations) {
        return new PrimitiveRun(primitive, role, "", ipc, Parties.TWO_ON_ONE_CPU, operations, null);
    }

    private static PrimitiveRun alone(Primitive primitive, String role, String options, String ipc, int operations) {
        return new PrimitiveRun(primitive, role, options, ipc, Parties.ALONE, operations, null);
    }

    private static PrimitiveRun indication(Primitive primitive, String ipc) {
        return new PrimitiveRun(primitive, "kernelIndication", "", ipc, Parties.ALONE, 2_000, Primitive.NULL_TRAP);
    }
}
