package org.machbed.testbed.measure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.machbed.ipc.process.Crossing;

/**
 * What one row came out as.
 *
 * @param batch of the run; rows of one batch were measured in the same rounds
 * @param trials one per round, in order
 * @param referenceMedians the typical trips of the reference of its scenario in the same rounds, in nanoseconds
 * @param settled whether the medians of the warm-up's windows settled before the first trial
 * @param allocatedBytesPerOperation by process ("a/kernel-node")
 * @param sharedMemoryBytes the most that the files of each host took
 * @param notes what the processes said of themselves when they were ready ("a/kernel-node real-time=granted")
 */
public record RowResult(
        RowSpec spec,
        int batch,
        List<Trial> trials,
        List<Double> referenceMedians,
        boolean settled,
        Conditions conditions,
        Map<String, Double> allocatedBytesPerOperation,
        Map<String, Long> sharedMemoryBytes,
        List<String> notes) {

    public RowResult {
        trials = List.copyOf(trials);
        referenceMedians = List.copyOf(referenceMedians);
        allocatedBytesPerOperation = new LinkedHashMap<>(allocatedBytesPerOperation);
        sharedMemoryBytes = new LinkedHashMap<>(sharedMemoryBytes);
        notes = List.copyOf(notes);
    }

    public Workload workload() {
        return spec.workload();
    }

    /** The typical trip of each round, in nanoseconds: what rows are compared by. */
    public double[] roundMedians() {
        return trials.stream().mapToDouble(Trial::medianNanos).toArray();
    }

    /** Its typical trip as a multiple of the reference's, both of the same rounds. */
    public Interval ratioToReference() {
        return Statistics.intervalOfRatio(
                roundMedians(),
                referenceMedians.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /**
     * Its typical trip as a multiple of another row's. Rows that were not measured in the same rounds are compared by way of the
     * reference of their scenario, or, where they have none in common, without what rounds have in common.
     */
    public Interval ratioTo(RowResult other) {
        if (batch == other.batch) {
            return Statistics.intervalOfRatio(roundMedians(), other.roundMedians());
        }
        return spec.scenario().equals(other.spec.scenario())
                ? ratioToReference().over(other.ratioToReference())
                : typicalNanos().over(other.typicalNanos());
    }

    /** The typical trip with its interval over the rounds, in nanoseconds. */
    public Interval typicalNanos() {
        return Statistics.intervalOfTime(roundMedians());
    }

    /** The latencies of all trials, in nanoseconds. */
    public Histogram latencies() {
        var all = new Histogram(trials.getFirst().histogram());
        all.reset();
        all.setAutoResize(true);
        trials.forEach(trial -> all.add(trial.histogram()));
        return all;
    }

    public long operations() {
        return trials.stream().mapToLong(Trial::operations).sum();
    }

    public long elapsedNanos() {
        return trials.stream().mapToLong(Trial::elapsedNanos).sum();
    }

    /** Everything that one host did in all trials. */
    public HostUse useOf(String host) {
        HostUse sum = HostUse.none();
        for (Trial trial : trials) {
            sum = sum.plus(trial.use().getOrDefault(host, HostUse.none()));
        }
        return sum;
    }

    /** How often something was crossed per operation on one host. */
    public double perOperation(String host, Crossing crossing) {
        return (double) useOf(host).count(crossing) / operations();
    }

    /** How often something was crossed per operation on both hosts together. */
    public double perOperation(Crossing crossing) {
        return perOperation("a", crossing) + perOperation("b", crossing);
    }

    public double contextSwitchesPerOperation(String host) {
        return (double) useOf(host).contextSwitches() / operations();
    }

    /** Time of one host's processes on their CPU, in per cent of the time that the trials took. */
    public double cpuPercent(String host) {
        return 100.0 * useOf(host).cpuNanos() / elapsedNanos();
    }

    /** Data bits that the applications have got, by time. */
    public double throughputBitsPerSecond() {
        return bits() / (elapsedNanos() / 1e9);
    }

    /** CPU time of one host's processes, in seconds, for each gigabit of data. */
    public double cpuSecondsPerGigabit(String host) {
        return useOf(host).cpuNanos() / bits();
    }

    private double bits() {
        return 8.0 * workload().bytesPerOperation() * operations();
    }

    /** The most shared memory that a host of this row took, in bytes. */
    public long mostSharedMemoryBytes() {
        return sharedMemoryBytes.values().stream()
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }
}
