package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/** Frames under way inside a host, from its kernel to one of its stacks: each takes its time, and keeps its place. */
final class InnerQueue {
    /** Takes what comes out. */
    @FunctionalInterface
    interface Taker {
        void take(MemorySegment frame, long nowNs);
    }

    private record Waiting(long count, Schedule.Happening happening) {}

    private final World world;
    private final Dice dice;
    private final long longestNs;
    private final Taker taker;
    private final ArrayDeque<MemorySegment> frames = new ArrayDeque<>();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long put;
    private long taken;
    private long lastNs = Long.MIN_VALUE;

    InnerQueue(World world, Dice dice, long longestNs, Taker taker) {
        this.world = world;
        this.dice = dice;
        this.longestNs = longestNs;
        this.taker = taker;
    }

    void put(MemorySegment frame, long nowNs) {
        put++;
        frames.add(frame);
        lastNs = Math.max(lastNs, nowNs + dice.between(0, longestNs));
        world.schedule().at(lastNs, this::takeNext);
    }

    private void takeNext(long nowNs) {
        MemorySegment frame = frames.poll();
        if (frame != null) {
            taken++;
            taker.take(frame, nowNs);
            runWaiting(nowNs);
        }
    }

    /** Lets something happen once all has come out that is in it now. */
    void whenTaken(long nowNs, Schedule.Happening happening) {
        waiting.add(new Waiting(put, happening));
        runWaiting(nowNs);
    }

    private void runWaiting(long nowNs) {
        while (!waiting.isEmpty() && waiting.peek().count() <= taken) {
            waiting.remove().happening().happen(nowNs);
        }
    }

    /** Who took the frames is gone, and with it what is under way; answers how many frames that were. */
    int clear() {
        int lost = frames.size();
        frames.clear();
        taken += lost;
        waiting.clear();
        return lost;
    }

    boolean isEmpty() {
        return frames.isEmpty() && waiting.isEmpty();
    }
}
