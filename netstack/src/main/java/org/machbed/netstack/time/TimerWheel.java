package org.machbed.netstack.time;

/**
 * Any number of timers at a cost that does not depend on how many there are: a hierarchical timing wheel (Varghese and Lauck
 * 1987, scheme 7). Level 0 has a slot for each of the next ticks, level 1 one for each 64 ticks, and so on; a timer lies at the
 * level of the highest digit, to base 64, in which its tick differs from the current one, and moves down when that digit's turn
 * comes, at most once per level. Each level's bit map says where the next timers are, so empty slots cost nothing.
 *
 * <p>A timer never fires early, and fires in the first {@link #advance} that is at least a tick (0.5 ms) after its deadline, or
 * before. Times are of any clock that does not go back; differences count, so it may be negative or wrap. Guarded by the
 * lock of the stack's owner.
 */
public final class TimerWheel {
    /** What {@link #nextDeadlineNs} answers when there is no timer; a timer scheduled for it waits for the longest time. */
    public static final long NEVER_NS = Long.MAX_VALUE;

    private static final int TICK_SHIFT = 19;

    /** Granularity: 0.52 ms. */
    public static final long TICK_NS = 1L << TICK_SHIFT;

    private static final int SLOT_BITS = 6;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int SLOT_MASK = SLOTS - 1;

    /** Longer waits are this one: 146 years. */
    private static final long LONGEST_NS = 1L << 61;

    private static final int LEVELS = (63 - TICK_SHIFT + SLOT_BITS - 1) / SLOT_BITS;

    private final WheelTimer[][] heads = new WheelTimer[LEVELS][SLOTS];
    private final long[] occupied = new long[LEVELS];

    /** The time of tick 0: when the wheel was used first. */
    private long originNs;

    private boolean started;

    /** Timers up to this tick have fired. */
    private long currentTick;

    private int size;

    public TimerWheel() {
        for (WheelTimer[] level : heads) {
            for (int slot = 0; slot < SLOTS; slot++) {
                level[slot] = new WheelTimer(_ -> {
                    throw new IllegalStateException("a list's head is no timer");
                });
            }
        }
    }

    /** Timers scheduled now. */
    public int size() {
        return size;
    }

    /**
     * Lets a timer fire at its deadline, and not when it was scheduled for before. A deadline that has passed is due in the next
     * tick, so that a timer which schedules itself again at once cannot hold {@link #advance} up.
     */
    public void schedule(WheelTimer timer, long deadlineNs, long nowNs) {
        start(nowNs);
        cancel(timer);
        long delayNs = deadlineNs == NEVER_NS ? LONGEST_NS : Math.clamp(deadlineNs - nowNs, 0, LONGEST_NS);
        timer.deadlineNs = deadlineNs;
        long due = (nowNs - originNs + delayNs + TICK_NS - 1) >> TICK_SHIFT;
        timer.tick = Math.max(due, currentTick + 1);
        insert(timer);
        size++;
    }

    /** Lets a timer not fire; nothing happens when it is not scheduled. */
    public void cancel(WheelTimer timer) {
        if (timer.level >= 0) {
            unlink(timer);
            size--;
        }
    }

    /** Fires what is due, in the order of ticks. */
    public void advance(long nowNs) {
        start(nowNs);
        long target = (nowNs - originNs) >> TICK_SHIFT;
        while (true) {
            int level = lowestLevel();
            long tick = level < 0 ? Long.MAX_VALUE : firstTick(level);
            if (tick > target) {
                break;
            }
            currentTick = Math.max(currentTick, tick);
            int slot = Long.numberOfTrailingZeros(occupied[level]);
            if (level == 0) {
                fire(slot, nowNs);
            } else {
                moveDown(level, slot);
            }
        }
        currentTick = Math.max(currentTick, target);
    }

    /**
     * When to call {@link #advance} next: at the tick of the next timer, or before, when timers move down; {@link #NEVER_NS} when
     * there is none. It is never in the past of the last {@link #advance}.
     */
    public long nextDeadlineNs() {
        int level = lowestLevel();
        return level < 0 ? NEVER_NS : originNs + (firstTick(level) << TICK_SHIFT);
    }

    private void start(long nowNs) {
        if (!started) {
            started = true;
            originNs = nowNs;
        }
    }

    /** Timers of a lower level are due before those of any higher one: they share all higher digits with the current tick. */
    private int lowestLevel() {
        for (int level = 0; level < LEVELS; level++) {
            if (occupied[level] != 0) {
                return level;
            }
        }
        return -1;
    }

    /** When a level's first occupied slot begins. */
    private long firstTick(int level) {
        int shift = level * SLOT_BITS;
        long block = (currentTick >>> shift) & ~(long) SLOT_MASK;
        return (block + Long.numberOfTrailingZeros(occupied[level])) << shift;
    }

    private void fire(int slot, long nowNs) {
        WheelTimer head = heads[0][slot];
        for (WheelTimer timer = head.next; timer != head; timer = head.next) {
            cancel(timer);
            timer.fire(nowNs);
        }
    }

    private void moveDown(int level, int slot) {
        WheelTimer head = heads[level][slot];
        for (WheelTimer timer = head.next; timer != head; timer = head.next) {
            unlink(timer);
            insert(timer);
        }
    }

    private void insert(WheelTimer timer) {
        long difference = timer.tick ^ currentTick;
        int level = difference == 0 ? 0 : (63 - Long.numberOfLeadingZeros(difference)) / SLOT_BITS;
        int slot = (int) (timer.tick >>> (level * SLOT_BITS)) & SLOT_MASK;
        WheelTimer head = heads[level][slot];
        timer.level = level;
        timer.slot = slot;
        timer.previous = head.previous;
        timer.next = head;
        head.previous.next = timer;
        head.previous = timer;
        occupied[level] |= 1L << slot;
    }

    private void unlink(WheelTimer timer) {
        timer.previous.next = timer.next;
        timer.next.previous = timer.previous;
        if (timer.previous == timer.next) { // the head alone is left
            occupied[timer.level] &= ~(1L << timer.slot);
        }
        timer.previous = timer;
        timer.next = timer;
        timer.level = -1;
    }
}
