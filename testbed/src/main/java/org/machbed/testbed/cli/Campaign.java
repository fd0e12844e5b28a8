package org.machbed.testbed.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.measure.Experiment;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.TimeBudget;
import org.machbed.testbed.predict.PrimitiveCosts;

/** Measures batches of rows one after the other, and the primitives with the first of them. */
final class Campaign {
    /** Where the primitives come from: processes of their own, which are no longer needed once all have been measured. */
    interface Primitives extends AutoCloseable {
        /** Until they are warm, or there is no more time for it. */
        void warmUp(BooleanSupplier late) throws RunFailure, InterruptedException;

        /** Fewer times when it is late. */
        PrimitiveCosts measure(boolean late) throws RunFailure, InterruptedException;

        @Override
        void close();
    }

    private final Experiment experiment;
    private final Primitives primitives;
    private final @Nullable Duration budget;

    /**
     * @param budget for all batches together; null for as long as it takes
     */
    Campaign(Experiment experiment, Primitives primitives, @Nullable Duration budget) {
        this.experiment = experiment;
        this.primitives = primitives;
        this.budget = budget;
    }

    /**
     * Measures all rows.
     *
     * @param rows in the order in which the evidence has them
     * @param batches of the same rows, each with the reference; what the first says of a row holds
     */
    Evidence measure(List<RowSpec> rows, List<List<RowSpec>> batches) throws RunFailure, InterruptedException {
        var byName = new LinkedHashMap<String, RowResult>();
        PrimitiveCosts costs = null;
        try (primitives) {
            for (List<RowSpec> batch : batches) {
                TimeBudget share =
                        budget == null ? TimeBudget.unlimited() : TimeBudget.of(budget.dividedBy(batches.size()));
                try (Experiment.Rows prepared =
                        experiment.prepare(batch, costs == null ? primitives::warmUp : null, share)) {
                    experiment.settle(prepared);
                    if (costs == null) {
                        costs = primitives.measure(prepared.late());
                        primitives.close();
                    }
                    experiment
                            .measure(prepared)
                            .forEach(result -> byName.putIfAbsent(result.spec().name(), result));
                }
            }
        }
        List<RowResult> results = rows.stream()
                .map(row -> Objects.requireNonNull(byName.get(row.name()), row.name()))
                .toList();
        return Evidence.of(results, Objects.requireNonNull(costs));
    }
}
