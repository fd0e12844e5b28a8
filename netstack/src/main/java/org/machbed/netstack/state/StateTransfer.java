package org.machbed.netstack.state;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.time.TimerWheel;
import org.machbed.netstack.time.WheelTimer;

/**
 * Carries variables to memory or back, one after the other. Who owns variables says in one place what they are, as in
 * {@code una = transfer.number(una)}: while writing, the value is stored and comes back as it is; while reading, the stored one
 * comes back, and one that is out of bounds is refused by a {@link StateException}. Times are stored relative to now, so that the
 * clock of the one who reads need not agree with that of the one who wrote. Makes no garbage.
 *
 * <p>The variables lie in an array here, and are copied to or from their memory at once: that costs less than a store each into
 * memory that several processes share.
 */
public final class StateTransfer {
    /** More than the variables of anything. */
    private static final int CAPACITY = 1_024;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** No time is further away than this: 18 years. */
    private static final long FURTHEST_NS = 1L << 59;

    private static final long NOT_SCHEDULED = Long.MIN_VALUE;

    private final byte[] variables = new byte[CAPACITY];
    private int at;
    private boolean reading;
    private long nowNs;

    /** Writes from here on; {@link #copyTo} says where to. */
    public void write(long timeNs) {
        at = 0;
        nowNs = timeNs;
        reading = false;
    }

    /** Copies to memory what has been written. */
    public void copyTo(MemorySegment to, long offset) {
        MemorySegment.copy(variables, 0, to, ValueLayout.JAVA_BYTE, offset, at);
    }

    /** Reads from here on what lies in so many bytes; 0 beyond. */
    public void read(MemorySegment from, long offset, int lengthBytes, long timeNs) {
        MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, variables, 0, lengthBytes);
        Arrays.fill(variables, lengthBytes, CAPACITY, (byte) 0);
        at = 0;
        nowNs = timeNs;
        reading = true;
    }

    public boolean isReading() {
        return reading;
    }

    public long nowNs() {
        return nowNs;
    }

    /** Where the next variable goes to, or comes from. */
    public int position() {
        return at;
    }

    /** Leaves out what is before a position; what is skipped while writing is 0. */
    public void skipTo(int position) {
        if (!reading) {
            Arrays.fill(variables, at, position, (byte) 0);
        }
        at = position;
    }

    /** A number that may be any, such as a sequence number. */
    public int number(int value) {
        int from = at;
        at = from + Integer.BYTES;
        if (reading) {
            return (int) INT.get(variables, from);
        }
        INT.set(variables, from, value);
        return value;
    }

    /** A number that may be any. */
    public long longNumber(long value) {
        int from = at;
        at = from + Long.BYTES;
        if (reading) {
            return (long) LONG.get(variables, from);
        }
        LONG.set(variables, from, value);
        return value;
    }

    /** A number between two, both included. */
    public int within(String name, int value, int least, int most) {
        int carried = number(value);
        if (reading && (carried < least || carried > most)) {
            throw outOfBounds(name, carried, least, most);
        }
        return carried;
    }

    /** The same of 64 bits; also a length of time. */
    public long within(String name, long value, long least, long most) {
        long carried = longNumber(value);
        if (reading && (carried < least || carried > most)) {
            throw outOfBounds(name, carried, least, most);
        }
        return carried;
    }

    private static StateException outOfBounds(String name, long value, long least, long most) {
        return new StateException(name + " is " + value + ", which is not in " + least + " to " + most);
    }

    /** A finite number between two. */
    public double real(String name, double value, double least, double most) {
        double carried = Double.longBitsToDouble(longNumber(Double.doubleToRawLongBits(value)));
        if (reading && !(carried >= least && carried <= most)) {
            throw new StateException(name + " is " + carried + ", which is not in " + least + " to " + most);
        }
        return carried;
    }

    public boolean flag(String name, boolean value) {
        return octet(name, value ? 1 : 0, 1) != 0;
    }

    private int octet(String name, int value, int most) {
        int from = at;
        at = from + 1;
        if (!reading) {
            variables[from] = (byte) value;
            return value;
        }
        int carried = variables[from] & 0xFF;
        if (carried > most) {
            throw outOfBounds(name, carried, 0, most);
        }
        return carried;
    }

    /** One of a few constants. */
    @SuppressWarnings("EnumOrdinal") // both ends are of one version
    public <E extends Enum<E>> E constant(String name, E value, E[] all) {
        return all[octet(name, value.ordinal(), all.length - 1)];
    }

    /** The same, or none of them. */
    @SuppressWarnings("EnumOrdinal")
    public <E extends Enum<E>> @Nullable E optional(String name, @Nullable E value, E[] all) {
        int carried = octet(name, value == null ? 0 : value.ordinal() + 1, all.length);
        return carried == 0 ? null : all[carried - 1];
    }

    /** When something was. One that would be later than now, or longer ago than any, is not of meaning, and moved to there. */
    public long past(long timeNs) {
        return nowNs - Math.clamp(longNumber(Math.clamp(nowNs - timeNs, 0, FURTHEST_NS)), 0, FURTHEST_NS);
    }

    /** When something will be, or should have been. */
    public long deadline(long timeNs) {
        return nowNs + Math.clamp(longNumber(left(timeNs)), -FURTHEST_NS, FURTHEST_NS);
    }

    private long left(long timeNs) {
        return timeNs == TimerWheel.NEVER_NS ? FURTHEST_NS : Math.clamp(timeNs - nowNs, -FURTHEST_NS, FURTHEST_NS);
    }

    /** Whether a timer runs, and for how long; while reading it is scheduled so. */
    public void timer(WheelTimer timer, TimerWheel wheel) {
        long left = longNumber(timer.isScheduled() ? left(timer.deadlineNs()) : NOT_SCHEDULED);
        if (reading && left != NOT_SCHEDULED) {
            wheel.schedule(timer, nowNs + Math.clamp(left, -FURTHEST_NS, FURTHEST_NS), nowNs);
        }
    }
}
