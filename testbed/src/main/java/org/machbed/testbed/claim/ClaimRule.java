package org.machbed.testbed.claim;

import java.util.List;

/** What is compared, and where the result must lie. Fixed in a file before anything is measured. */
public sealed interface ClaimRule {
    Band band();

    /** The time of one topology as a multiple of each of others. */
    record Ratio(String of, List<String> to, Band band) implements ClaimRule {
        public Ratio {
            to = List.copyOf(to);
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
    record AddedByCrossings(String of, String reference, Band band) implements ClaimRule {}

    /** One primitive as a multiple of another. */
    record PrimitiveRatio(String of, String to, Band band) implements ClaimRule {}

    /** Bytes of garbage per operation in each of some processes of a topology. */
    record Garbage(String topology, List<String> programs, Band band) implements ClaimRule {
        public Garbage {
            programs = List.copyOf(programs);
        }
    }

    /** The most mebibytes of shared memory that any host of any topology took. */
    record SharedMemory(Band band) implements ClaimRule {}
}
