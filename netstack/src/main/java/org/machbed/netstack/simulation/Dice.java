package org.machbed.netstack.simulation;

import java.util.SplittableRandom;

/** The random numbers of one part of a world. Parts have their own, so that a change to one does not change the others. */
final class Dice {
    private final SplittableRandom random;

    Dice(long seed) {
        this(new SplittableRandom(seed));
    }

    private Dice(SplittableRandom random) {
        this.random = random;
    }

    /** Dice of another part. */
    Dice split() {
        return new Dice(random.split());
    }

    boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    /** 0 to {@code bound} - 1. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both ends included. */
    long between(long least, long most) {
        return least >= most ? least : random.nextLong(least, most + 1);
    }

    double upTo(double most) {
        return random.nextDouble() * most;
    }

    long any() {
        return random.nextLong();
    }

    /** 1 to {@code most}, each power of two as likely as the next. */
    int skewed(int most) {
        return (int) skewed((long) most);
    }

    long skewed(long most) {
        int bits = random.nextInt(Long.SIZE - Long.numberOfLeadingZeros(most));
        return Math.min(most, (1L << bits) + random.nextLong(1L << bits));
    }

    int pick(int... values) {
        return values[random.nextInt(values.length)];
    }

    <E> E pick(E[] values) {
        return values[random.nextInt(values.length)];
    }
}
