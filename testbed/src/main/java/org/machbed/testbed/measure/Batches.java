package org.machbed.testbed.measure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.machbed.testbed.measure.RowSpec.RowRole;

/**
 * Rows that are measured in the same rounds. All together where the processes of their systems fit into memory; otherwise several
 * batches one after the other, each with the reference, so that every ratio is still one of the same rounds. All rows of a system
 * are in one batch.
 */
public final class Batches {
    private Batches() {}

    /** The systems of rows, each once. */
    public static Set<SystemSpec> systems(List<RowSpec> rows) {
        var systems = new LinkedHashSet<SystemSpec>();
        rows.forEach(row -> systems.add(row.system()));
        return systems;
    }

    /**
     * Splits rows.
     *
     * @param capacity how many systems fit at once, at least 2
     * @return batches, each beginning with the reference; systems whose messages have the same carrier stay together where they
     *     can, and those of different MTUs, which have different references, are apart
     */
    public static List<List<RowSpec>> of(List<RowSpec> rows, int capacity) {
        if (systems(rows).size() <= capacity) {
            return List.of(List.copyOf(rows));
        }
        List<List<RowSpec>> batches = new ArrayList<>();
        rows.stream()
                .map(row -> row.system().mtuBytes())
                .distinct()
                .forEach(mtuBytes -> batches.addAll(ofOneMtu(
                        rows.stream()
                                .filter(row -> row.system().mtuBytes() == mtuBytes)
                                .toList(),
                        capacity)));
        return batches;
    }

    private static List<List<RowSpec>> ofOneMtu(List<RowSpec> rows, int capacity) {
        Set<SystemSpec> references = systems(
                rows.stream().filter(row -> row.role() == RowRole.REFERENCE).toList());
        List<SystemSpec> rest = new ArrayList<>(systems(rows.stream()
                .sorted(Comparator.comparing((RowSpec row) -> row.role() != RowRole.SAME_AGAIN)
                        .thenComparing(row -> row.role() != RowRole.BASELINE)
                        .thenComparing(row -> !row.ipc().isEmpty())
                        .thenComparing(row -> !row.ipc().equals("grpc")))
                .toList()));
        rest.removeAll(references);
        int beside = Math.max(1, capacity - references.size());
        List<List<RowSpec>> batches = new ArrayList<>();
        for (int from = 0; from < rest.size(); from += beside) {
            var batch = new ArrayList<RowSpec>();
            references.forEach(system -> batch.addAll(of(system, rows)));
            rest.subList(from, Math.min(rest.size(), from + beside)).forEach(system -> batch.addAll(of(system, rows)));
            batches.add(batch);
        }
        return batches;
    }

    private static List<RowSpec> of(SystemSpec system, List<RowSpec> rows) {
        return rows.stream().filter(row -> row.system().equals(system)).toList();
    }
}
