package org.machbed.ipc.mach;

/** Notifications that a task may ask for; the ordinal is the number on the wire. */
public enum NotificationType {
    /** The last send right to a port that the task receives from is gone (MACH_NOTIFY_NO_SENDERS). */
    NO_SENDERS,
    /** A send or send-once right that the task holds has become a dead name (MACH_NOTIFY_DEAD_NAME). */
    DEAD_NAME
}
