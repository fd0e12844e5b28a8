package org.machbed.ipc.mach;

import java.util.HashMap;
import java.util.Map;

/** Results of Mach calls, with Mach 3.0's numbers (mach/kern_return.h, mach/message.h, mach/mig_errors.h). */
public enum MachCode {
    KERN_SUCCESS(0),
    /** No such name space entry is left, or the task has reached its limit of names. */
    KERN_NO_SPACE(3),
    KERN_INVALID_ARGUMENT(4),
    KERN_FAILURE(5),
    /** A bound of the kernel is reached: calls outstanding, bytes waiting. */
    KERN_RESOURCE_SHORTAGE(6),
    KERN_NOT_IN_SET(12),
    KERN_NAME_EXISTS(13),
    /** A look-up that was not answered within its time. */
    KERN_ABORTED(14),
    KERN_INVALID_NAME(15),
    KERN_INVALID_RIGHT(17),
    KERN_INVALID_VALUE(18),
    KERN_UREFS_OVERFLOW(19),
    KERN_INVALID_CAPABILITY(20),
    /** The kernel-node, or this task's connection with it, is gone. */
    KERN_TERMINATED(37),

    MACH_SEND_INVALID_DATA(0x10000002),
    /** The destination is no send or send-once right, or its port is dead. */
    MACH_SEND_INVALID_DEST(0x10000003),
    MACH_SEND_TIMED_OUT(0x10000004),
    MACH_SEND_INTERRUPTED(0x10000007),
    MACH_SEND_INVALID_REPLY(0x10000009),
    MACH_SEND_INVALID_RIGHT(0x1000000a),
    MACH_SEND_INVALID_NOTIFY(0x1000000b),
    MACH_SEND_INVALID_MEMORY(0x1000000c),
    MACH_SEND_NO_BUFFER(0x1000000d),
    /** Body, rights or regions beyond the limits of {@link MachLimits}. */
    MACH_SEND_TOO_LARGE(0x1000000e),
    MACH_SEND_INVALID_TYPE(0x1000000f),
    MACH_SEND_INVALID_HEADER(0x10000010),

    MACH_RCV_INVALID_NAME(0x10004002),
    MACH_RCV_TIMED_OUT(0x10004003),
    MACH_RCV_INTERRUPTED(0x10004005),
    MACH_RCV_PORT_CHANGED(0x10004006),
    /** Out-of-line memory is missing or shorter than the message says. */
    MACH_RCV_INVALID_DATA(0x10004008),
    /** The receive right was destroyed or moved away while a receive waited on it. */
    MACH_RCV_PORT_DIED(0x10004009),
    /** The port is a member of a port set: receive on the set. */
    MACH_RCV_IN_SET(0x1000400a),

    /** The server died, or let go of the request, without a reply. */
    MIG_SERVER_DIED(-308);

    private static final Map<Integer, MachCode> BY_NUMBER = new HashMap<>();

    static {
        for (MachCode code : values()) {
            BY_NUMBER.put(code.number, code);
        }
    }

    private final int number;

    MachCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** The code of a number received from the kernel; {@link #KERN_FAILURE} for an unknown one. */
    public static MachCode of(int number) {
        return BY_NUMBER.getOrDefault(number, KERN_FAILURE);
    }
}
