package org.machbed.testbed.measure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.machbed.testbed.measure.RowSpec.RowRole;

/**
 * Rows that are measured in the same rounds. All together where their processes fit into memory; otherwise several batches one
 * after the other, each with the reference, so that every ratio is still one of the same rounds.
 */
public final class Batches {
    private Batches() {}

    /**
     * Splits rows.
     *
     * @param capacity how many rows fit at once, at least 2
     * @return batches, each beginning with the reference; rows whose messages have the same carrier stay together where they can
     */
    public static List<List<RowSpec>> of(List<RowSpec> rows, int capacity) {
        if (rows.size() <= capacity) {
            return List.of(List.copyOf(rows));
        }
        RowSpec reference = rows.getFirst();
        var rest = new ArrayList<>(rows.subList(1, rows.size()));
        rest.sort(Comparator.comparing((RowSpec row) -> row.role() != RowRole.SAME_AGAIN)
                .thenComparing(row -> row.role() != RowRole.BASELINE)
                .thenComparing(row -> !row.ipc().isEmpty())
                .thenComparing(row -> !row.ipc().equals("grpc")));
        List<List<RowSpec>> batches = new ArrayList<>();
        for (int from = 0; from < rest.size(); from += capacity - 1) {
            var batch = new ArrayList<RowSpec>();
            batch.add(reference);
            batch.addAll(rest.subList(from, Math.min(rest.size(), from + capacity - 1)));
            batches.add(batch);
        }
        return batches;
    }
}
