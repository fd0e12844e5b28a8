package org.machbed.testbed.claim;

import java.util.List;
import java.util.stream.Stream;

/** What is compared, and where the result must lie. Fixed in a file before anything is measured. */
public sealed interface ClaimRule {
    Band band();

    /** The topologies whose rows it looks at; empty where it looks at none, or at all. */
    List<String> topologies();

    /** The time of one topology as a multiple of each of others. */
    record Ratio(String of, List<String> to, ScenarioPattern in, Band band) implements ClaimRule {
        public Ratio {
            to = List.copyOf(to);
        }

        @Override
        public List<String> topologies() {
            return with(of, to);
        }
    }

    /** What one topology moves in a time, as a multiple of what each of others does. */
    record Throughput(String of, List<String> to, ScenarioPattern in, Band band) implements ClaimRule {
        public Throughput {
            to = List.copyOf(to);
        }

        @Override
        public List<String> topologies() {
            return with(of, to);
        }
    }

    /** The time of one workload as a multiple of another's, on each of some topologies. */
    record WorkloadRatio(List<String> topologies, ScenarioPattern of, ScenarioPattern to, Band band)
            implements ClaimRule {
        public WorkloadRatio {
            topologies = List.copyOf(topologies);
        }
    }

    /** Measured as a multiple of predicted, for each topology. */
    record Explained(List<String> topologies, Band band) implements ClaimRule {
        public Explained {
            topologies = List.copyOf(topologies);
        }
    }

    /**
     * What a topology takes longer than the reference, as a multiple of what its additional crossings of address spaces cost by
     * the primitives (maeda92 section 2.2).
     */
    record AddedByCrossings(String of, String reference, Band band) implements ClaimRule {
        @Override
        public List<String> topologies() {
            return List.of(of, reference);
        }
    }

    /** One primitive as a multiple of another. */
    record PrimitiveRatio(String of, String to, Band band) implements ClaimRule {
        @Override
        public List<String> topologies() {
            return List.of();
        }
    }

    /** Bytes of garbage in each of some processes of each of some topologies. */
    record Garbage(List<String> topologies, List<String> programs, Per per, ScenarioPattern in, Band band)
            implements ClaimRule {
        /** What garbage is divided by. */
        public enum Per {
            OPERATION,
            /** Frames that the process's host sent or received. */
            SEGMENT
        }

        public Garbage {
            topologies = List.copyOf(topologies);
            programs = List.copyOf(programs);
        }
    }

    /** The most mebibytes of shared memory that any host of any topology took. */
    record SharedMemory(Band band) implements ClaimRule {
        @Override
        public List<String> topologies() {
            return List.of();
        }
    }

    private static List<String> with(String one, List<String> others) {
        return Stream.concat(Stream.of(one), others.stream()).toList();
    }
}
