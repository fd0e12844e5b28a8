package org.machbed.testbed.predict;

/** What is measured alone, in nanoseconds each. The labels are those of {@code results.json}. */
public enum Primitive {
    BARE_FUTEX_ROUND_TRIP(
            "bareFutexRoundTrip", "two processes on one CPU waking each other through a futex, there and back"),
    NULL_TRAP("nullTrap", "into the kernel and back through the call gate, without arguments"),
    BARE_GRPC_STREAM_ROUND_TRIP(
            "bareGrpcStreamRoundTrip", "one empty message each way on a gRPC stream between two processes on one CPU"),
    NULL_RPC("nullRpc", "an empty Mach message from task to task through the kernel, and its reply, over gRPC"),
    NULL_RPC_CHRONICLE("nullRpcChronicle", "the same over Chronicle Queue"),
    KERNEL_RPC("kernelRpc", "an empty Mach message from a task to the kernel itself, and its reply, over gRPC"),
    KERNEL_RPC_CHRONICLE("kernelRpcChronicle", "the same over Chronicle Queue"),
    KERNEL_INDICATION(
            "kernelIndication",
            "an empty Mach message that the kernel sends of its own accord, as its packet filter does, over gRPC; the way into"
                    + " the kernel of the trap that asks for it is taken off"),
    KERNEL_INDICATION_CHRONICLE("kernelIndicationChronicle", "the same over Chronicle Queue"),
    OUT_OF_LINE_MAP("outOfLineMap", "a memory object made, mapped, read and unmapped"),
    DOORBELL("doorbell", "a wake-up from one process to another on the same CPU, one way"),
    DOORBELL_ACROSS(
            "doorbellAcrossCpus", "a wake-up from one CPU to another, one way: what a frame waits for on the wire"),
    POLL_ACROSS(
            "pollAcrossCpus",
            "a word written on one CPU until a thread that polls it on another has seen it, one way: what a frame waits for on the"
                    + " wire of a host that polls"),
    COPY_PER_KILOBYTE("copyPerKilobyte", "copying a kilobyte"),
    CHECKSUM_PER_KILOBYTE("checksumPerKilobyte", "summing the Internet checksum of a kilobyte"),
    FILTER_INSTRUCTION("filterInstruction", "one instruction of the packet filter"),
    STACK_SEND("stackSend", "one datagram down through UDP, IPv4 and Ethernet"),
    STACK_RECEIVE("stackReceive", "one frame up through Ethernet, IPv4 and UDP"),
    HAND_OFF_PLATFORM("handOffPlatform", "one platform thread waking another of its process"),
    HAND_OFF_MIXED("handOffMixed", "a platform thread waking a virtual one of its process, or the reverse"),
    HAND_OFF_VIRTUAL("handOffVirtual", "one virtual thread waking another of its process"),
    SPL_PAIR("splPair", "raising and lowering the simulated priority level");

    private final String label;
    private final String meaning;

    Primitive(String label, String meaning) {
        this.label = label;
        this.meaning = meaning;
    }

    public String label() {
        return label;
    }

    public String meaning() {
        return meaning;
    }
}
