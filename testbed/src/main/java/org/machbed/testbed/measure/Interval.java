package org.machbed.testbed.measure;

/** A 95 % confidence interval and the value that it is about. */
public record Interval(double low, double value, double high) {
    /** An interval of one value known exactly, or of which nothing more can be said. */
    public static Interval exactly(double value) {
        return new Interval(value, value, value);
    }

    public Interval scaled(double factor) {
        return new Interval(low * factor, value * factor, high * factor);
    }

    /** The ratio of two positive values of which nothing more is known than that each lies in its interval. */
    public Interval over(Interval other) {
        return new Interval(low / other.high, value / other.value, high / other.low);
    }

    /** The same statement the other way round, of a positive ratio. */
    public Interval inverse() {
        return exactly(1).over(this);
    }

    /** The interval of a ratio, wider by a relative noise floor on both sides. */
    public Interval widened(double floor) {
        return new Interval(low / (1 + floor), value, high * (1 + floor));
    }
}
