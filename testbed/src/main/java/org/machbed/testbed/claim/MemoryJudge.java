package org.machbed.testbed.claim;

import java.util.ArrayList;
import java.util.List;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.ClaimResult.Part;
import org.machbed.testbed.claim.ClaimRule.Garbage.Per;
import org.machbed.testbed.measure.Interval;
import org.machbed.testbed.measure.RowResult;

/** Judges claims about memory: garbage, and what is shared. */
final class MemoryJudge {
    private static final double MEBIBYTE = 1024.0 * 1024;

    private final Witnesses witnesses;

    MemoryJudge(Witnesses witnesses) {
        this.witnesses = witnesses;
    }

    ClaimResult garbage(Claim claim, ClaimRule.Garbage rule) throws Obstacle {
        var parts = new ArrayList<Part>();
        var worst = new Worst(rule.band());
        for (String topology : rule.topologies()) {
            JudgedRow row = witnesses.measured(topology, rule.in());
            int before = parts.size();
            for (var entry : row.result().allocatedBytesPerOperation().entrySet()) {
                String process = entry.getKey();
                if (rule.programs().stream().anyMatch(program -> process.endsWith("/" + program))) {
                    // The difference of two counts may be less than nothing by what neither is about.
                    double bytes = Math.max(0, entry.getValue()) / divisor(rule.per(), row.result(), process);
                    parts.add(new Part(
                            row.title() + " " + process,
                            Interval.exactly(bytes),
                            rule.band().judge(Interval.exactly(bytes))));
                    worst.see(Interval.exactly(bytes), () -> garbage(row, process, bytes, rule.per()));
                }
            }
            if (parts.size() == before) {
                throw new Obstacle(topology + " has no process of " + String.join(" or ", rule.programs()));
            }
        }
        return ClaimResult.of(claim, worst.interval(), worst.because(), parts);
    }

    private static double divisor(Per per, RowResult row, String process) {
        return per == Per.OPERATION ? 1 : segments(row, process.substring(0, process.indexOf('/')));
    }

    private static double segments(RowResult row, String host) {
        return row.perOperation(host, Crossing.FRAMES_SENT) + row.perOperation(host, Crossing.FRAMES_RECEIVED);
    }

    private static String garbage(JudgedRow row, String process, double bytes, Per per) {
        RowResult result = row.result();
        String host = process.substring(0, process.indexOf('/'));
        String most = "Most has %s of %s: %.2f bytes a %s."
                .formatted(
                        process,
                        row.title(),
                        bytes,
                        per == Per.OPERATION ? result.workload().operation() : "segment");
        double messages =
                result.perOperation(host, Crossing.MESSAGES) + result.perOperation(host, Crossing.KERNEL_MESSAGES);
        if (per == Per.OPERATION || messages == 0) {
            return most;
        }
        return most
                + " Its host sends and receives %s segments and %s Mach messages a %s."
                        .formatted(
                                CountDifference.number(segments(result, host)),
                                CountDifference.number(messages),
                                result.workload().operation());
    }

    ClaimResult sharedMemory(Claim claim) {
        JudgedRow most = witnesses.evidence().rows().getFirst();
        for (JudgedRow row : witnesses.evidence().rows()) {
            if (row.result().mostSharedMemoryBytes() > most.result().mostSharedMemoryBytes()) {
                most = row;
            }
        }
        double mebibytes = most.result().mostSharedMemoryBytes() / MEBIBYTE;
        return ClaimResult.of(
                claim,
                Interval.exactly(mebibytes),
                "The most was %.1f MiB, on a host of %s.".formatted(mebibytes, most.title()),
                List.of());
    }
}
