package org.machbed.testbed.measure;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * What must be the same in two rows that are compared, and what must not have happened to either.
 *
 * @param mtuBytes longest IP datagram of a frame of that wire; empty where the machine does not say
 * @param wire what joined the hosts
 * @param pinning the CPUs that the processes of the hosts really ran on
 * @param clock the clock source of the machine
 * @param stolenShare share of the time of its CPUs that the hypervisor took during its trials
 * @param throttled how often the control group was throttled during its trials
 */
public record Conditions(
        int bytes,
        OptionalInt mtuBytes,
        String wire,
        String pinning,
        String clock,
        double stolenShare,
        long throttled) {
    /** More than this of a row's CPU time stolen, and its times are not its own. */
    public static final double STOLEN_BOUND = 0.02;

    /** Why a row cannot be compared with its reference, if it cannot. */
    public Optional<String> invalidBeside(Conditions reference) {
        if (bytes != reference.bytes) {
            return Optional.of("it sent " + bytes + " bytes and its reference " + reference.bytes);
        }
        if (!mtuBytes.equals(reference.mtuBytes)) {
            return Optional.of(
                    "its MTU was " + inWords(mtuBytes) + " and its reference's " + inWords(reference.mtuBytes));
        }
        if (!wire.equals(reference.wire)) {
            return Optional.of("its wire was " + wire + " and its reference's " + reference.wire);
        }
        if (!pinning.equals(reference.pinning)) {
            return Optional.of("it ran on CPUs " + pinning + " and its reference on " + reference.pinning);
        }
        if (!clock.equals(reference.clock)) {
            return Optional.of("the clock source changed from " + reference.clock + " to " + clock);
        }
        return invalidAlone();
    }

    private static String inWords(OptionalInt bytes) {
        return bytes.isPresent() ? String.valueOf(bytes.getAsInt()) : "unknown";
    }

    /** Why a row's times are not its own, if they are not. */
    public Optional<String> invalidAlone() {
        if (stolenShare > STOLEN_BOUND) {
            return Optional.of("%.1f %% of its CPU time was stolen by the hypervisor (bound: %.0f %%)"
                    .formatted(100 * stolenShare, 100 * STOLEN_BOUND));
        }
        if (throttled > 0) {
            return Optional.of("its control group was throttled " + throttled + " times");
        }
        return Optional.empty();
    }
}
