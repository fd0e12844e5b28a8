package org.machbed.ipc.mach;

import org.jspecify.annotations.Nullable;

/** Notifications that a task may ask for. */
public enum NotificationType {
    /** The last send right to a port that the task receives from is gone (MACH_NOTIFY_NO_SENDERS). */
    NO_SENDERS(0),
    /** A send or send-once right that the task holds has become a dead name (MACH_NOTIFY_DEAD_NAME). */
    DEAD_NAME(1);

    private final int number;

    NotificationType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** The type of a number that a task sent, {@code null} when there is none. */
    public static @Nullable NotificationType of(int number) {
        for (NotificationType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }
}
