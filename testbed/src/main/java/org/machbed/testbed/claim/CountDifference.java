package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Map;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.measure.RowResult;

/** How two rows differ in what they cross: the first place to look for the reason of a difference in time. */
final class CountDifference {
    private static final Map<Crossing, String> NAMES = new EnumMap<>(Map.of(
            Crossing.TRAPS, "traps",
            Crossing.MESSAGES, "messages between tasks",
            Crossing.KERNEL_MESSAGES, "messages with the kernel",
            Crossing.OUT_OF_LINE_MAPS, "out-of-line maps",
            Crossing.DOORBELLS, "doorbells",
            Crossing.COPIES, "copies",
            Crossing.FRAMES_SENT, "frames",
            Crossing.HAND_OFFS, "hand-offs between threads",
            Crossing.SPLS, "spl pairs"));

    private CountDifference() {}

    /** "per round trip 8 traps against 4, 2 messages with the kernel against 0", or empty when nothing differs. */
    static String text(RowResult row, RowResult other) {
        var differences = new ArrayList<String>();
        NAMES.forEach((crossing, name) -> {
            double mine = row.perOperation(crossing);
            double theirs = other.perOperation(crossing);
            if (Math.abs(mine - theirs) >= 0.05) {
                differences.add(number(mine) + " " + name + " against " + number(theirs));
            }
        });
        return differences.isEmpty()
                ? ""
                : "Per " + row.workload().operation() + ": " + String.join(", ", differences) + ".";
    }

    static String number(double count) {
        return Math.abs(count - Math.rint(count)) < 0.05 ? String.valueOf(Math.round(count)) : "%.1f".formatted(count);
    }
}
