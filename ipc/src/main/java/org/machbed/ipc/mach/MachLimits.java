package org.machbed.ipc.mach;

/** Bounds of messages and queues, which the kernel enforces on every task. */
public final class MachLimits {
    /** Queue limit of a port that asks for none (MACH_PORT_QLIMIT_DEFAULT), messages. */
    public static final int DEFAULT_QUEUE_LIMIT = 5;

    /** Largest queue limit, messages. */
    public static final int MAX_QUEUE_LIMIT = 1024;

    /** Longest in-line body, bytes; longer data goes out of line. */
    public static final int MAX_BODY_BYTES = 256 * 1024;

    /** Most port rights in one message. */
    public static final int MAX_RIGHTS = 64;

    /** Most out-of-line regions in one message. */
    public static final int MAX_REGIONS = 16;

    /** Longest out-of-line region, bytes. */
    public static final int MAX_REGION_BYTES = 64 * 1024 * 1024;

    /** Most names in one task's name space. */
    public static final int MAX_NAMES = 65_536;

    /** Most calls that one task may have waiting in the kernel. */
    public static final int MAX_CALLS = 4096;

    /** Credit of {@link MachTask#serve}: messages on their way to the handler at any time. */
    public static final int SERVE_CREDIT = 256;

    /** Longest service name, characters. */
    public static final int MAX_SERVICE_NAME = 128;

    private MachLimits() {}
}
