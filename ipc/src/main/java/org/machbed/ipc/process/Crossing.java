package org.machbed.ipc.process;

/** What is counted per operation, so that structure repeats exactly where times do not. */
public enum Crossing {
    /** Traps into the kernel, counted by the caller. */
    TRAPS(1, "traps"),
    /** Messages from task to task, counted by the kernel that relays them. */
    MESSAGES(2, "messages"),
    /** Messages whose sender or receiver is the kernel itself; a request and its reply are two. */
    KERNEL_MESSAGES(3, "kernelMessages"),
    /** Out-of-line regions mapped and unmapped, counted once by the receiver. */
    OUT_OF_LINE_MAPS(4, "outOfLine"),
    /** Doorbells rung for an idle consumer (device events). */
    DOORBELLS(5, "doorbells"),
    /** Copies of payload or frames between domains or buffers, counted by whoever copies. */
    COPIES(6, "copies"),
    /** Bytes of those copies. */
    COPIED_BYTES(7, "bytesCopied"),
    /** Packet filter instructions executed. */
    FILTER_INSTRUCTIONS(8, "filterInstructions"),
    /** One thread waking another inside a server. */
    HAND_OFFS(9, "handOffs"),
    /** Pairs of raising and lowering the simulated priority level. */
    SPLS(10, "spls"),
    /** Locks taken on the packet path. */
    LOCKS(11, "locks"),
    FRAMES_SENT(12, "framesSent"),
    FRAMES_RECEIVED(13, "framesReceived"),
    FRAMES_DROPPED(14, "framesDropped"),
    /** Of the messages with the kernel, those that it sent of its own accord: what a packet filter matched. */
    INDICATIONS(15, "indications");

    private final int line;
    private final String label;

    Crossing(int line, String label) {
        this.line = line;
        this.label = label;
    }

    /** The cache line of the shared page that holds it; line 0 is the page's own. */
    int line() {
        return line;
    }

    /** Its name in results and in replies to the {@code counters} command. */
    public String label() {
        return label;
    }
}
