package org.machbed.kernel.device;

import java.util.concurrent.atomic.AtomicLongArray;

/** What the levels above the device level dropped, by reason. Any thread may count; counting makes no garbage. */
@SuppressWarnings("EnumOrdinal") // an EnumMap of Long would leave garbage per frame
public final class DeviceCounters {
    private static final DropReason[] REASONS = DropReason.values();

    private final AtomicLongArray drops = new AtomicLongArray(REASONS.length);

    void drop(DropReason reason) {
        drops.getAndIncrement(reason.ordinal());
    }

    /** Frames dropped for this reason. */
    public long drops(DropReason reason) {
        return drops.get(reason.ordinal());
    }

    /** Every reason that occurred with its count, as a JSON object. */
    @Override
    public String toString() {
        StringBuilder json = new StringBuilder("{");
        for (DropReason reason : REASONS) {
            if (drops(reason) != 0) {
                json.append(json.length() == 1 ? "" : ",")
                        .append('"')
                        .append(reason)
                        .append("\":")
                        .append(drops(reason));
            }
        }
        return json.append('}').toString();
    }
}
