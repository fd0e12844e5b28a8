package org.machbed.ipc.mach;

import org.jspecify.annotations.Nullable;

/** Kinds of rights under a name (mach_port_right_t), with Mach's numbers. */
public enum RightType {
    SEND(0),
    RECEIVE(1),
    SEND_ONCE(2),
    PORT_SET(3),
    DEAD_NAME(4);

    private final int number;

    RightType(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    /** The kind of a number that a task sent, {@code null} when there is none. */
    public static @Nullable RightType of(int number) {
        for (RightType type : values()) {
            if (type.number == number) {
                return type;
            }
        }
        return null;
    }
}
