package org.machbed.ipc.mach;

/**
 * Name of a right, port set or dead name in one task's name space; it means nothing in another task.
 *
 * @param value 32 unsigned bits, chosen by the kernel
 */
public record PortName(int value) {
    /** MACH_PORT_NULL: no port. */
    public static final PortName NULL = new PortName(0);

    /** MACH_PORT_DEAD: in a received message, a right whose port died on the way. */
    public static final PortName DEAD = new PortName(-1);

    /** The name of a value received from the kernel. */
    public static PortName of(int value) {
        return switch (value) {
            case 0 -> NULL;
            case -1 -> DEAD;
            default -> new PortName(value);
        };
    }

    /** Whether this may denote a right at all. */
    public boolean isValid() {
        return value != 0 && value != -1;
    }

    @Override
    public String toString() {
        return "port 0x" + Integer.toHexString(value);
    }
}
