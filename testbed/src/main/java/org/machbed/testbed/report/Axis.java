package org.machbed.testbed.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A horizontal axis of a chart.
 *
 * @param logarithmic whether equal distances are equal factors
 * @param left position of {@code low}, in units of the drawing
 * @param right position of {@code high}
 */
record Axis(boolean logarithmic, double low, double high, double left, double right) {
    private static final double[] STEPS = {1, 2, 5};

    double at(double value) {
        double clamped = Math.clamp(value, low, high);
        double share = logarithmic ? Math.log(clamped / low) / Math.log(high / low) : (clamped - low) / (high - low);
        return left + share * (right - left);
    }

    /** Round numbers to mark. */
    List<Double> marks() {
        return logarithmic ? logarithmicMarks() : linearMarks();
    }

    private List<Double> logarithmicMarks() {
        var marks = new ArrayList<Double>();
        for (int power = -6; power <= 9; power++) {
            for (double step : STEPS) {
                double mark = step * Math.pow(10, power);
                if (mark >= low * 0.999 && mark <= high * 1.001) {
                    marks.add(mark);
                }
            }
        }
        return marks;
    }

    private List<Double> linearMarks() {
        double rough = (high - low) / 6;
        double magnitude = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = 10 * magnitude;
        for (double candidate : STEPS) {
            if (candidate * magnitude >= rough) {
                step = candidate * magnitude;
                break;
            }
        }
        var marks = new ArrayList<Double>();
        for (double mark = Math.ceil(low / step) * step; mark <= high * 1.001; mark += step) {
            marks.add(mark);
        }
        return marks;
    }

    /** A mark as a reader wants it: no trailing zeros, thousands without exponent. */
    static String text(double mark) {
        return mark == Math.rint(mark) ? String.valueOf((long) mark) : String.valueOf((float) mark);
    }
}
