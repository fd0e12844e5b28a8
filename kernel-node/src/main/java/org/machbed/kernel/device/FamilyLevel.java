package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.FrameHandler;

/**
 * The family level: what is common to all Ethernet devices. It drops frames of unsupported types and unsound ones, hands the
 * rest to the owner of their family, and offers them to the packet filter above. Frames pass on the interrupt thread.
 */
final class FamilyLevel implements FrameHandler {
    private final FilterLevel filters;
    private final DeviceCounters counters;
    private final Crossings crossings;

    private volatile FamilyTable families =
            FamilyTable.supporting(FamilyChecks.TYPE_IPV4, FamilyChecks.TYPE_ARP, FamilyChecks.TYPE_EXPERIMENTAL);

    FamilyLevel(FilterLevel filters, DeviceCounters counters, Crossings crossings) {
        this.filters = filters;
        this.counters = counters;
        this.crossings = crossings;
    }

    @Override
    public void onFrame(MemorySegment memory, long offset, int lengthBytes) {
        crossings.countExclusively(Crossing.FRAMES_RECEIVED, 1);
        int etherType = FamilyChecks.etherType(memory, offset);
        FamilyTable table = families;
        int family = table.indexOf(etherType);
        DropReason reason = reasonToDrop(etherType, family, memory, offset, lengthBytes);
        if (reason != null) {
            drop(reason);
            return;
        }
        FamilyOwner owner = table.owner(family);
        if (owner != null) {
            owner.onFamilyFrame(memory, offset, lengthBytes);
        }
        if (filters.onFrame(memory, offset, lengthBytes) == 0 && owner == null) {
            drop(DropReason.NO_TAKER);
        }
    }

    private static @Nullable DropReason reasonToDrop(
            int etherType, int family, MemorySegment memory, long offset, int lengthBytes) {
        if (etherType < FamilyChecks.LOWEST_TYPE) {
            return DropReason.LENGTH_INSTEAD_OF_TYPE;
        }
        if (family < 0) {
            return DropReason.UNSUPPORTED_TYPE;
        }
        return FamilyChecks.unsound(etherType, memory, offset, lengthBytes);
    }

    private void drop(DropReason reason) {
        counters.drop(reason);
        crossings.count(Crossing.FRAMES_DROPPED);
    }

    /**
     * Gives all of these families to {@code owner}, or none.
     *
     * @throws DeviceException when one of them is no EtherType or has an owner
     */
    synchronized void claim(FamilyOwner owner, int... etherTypes) throws DeviceException {
        FamilyTable claimed = families;
        for (int etherType : etherTypes) {
            if (etherType < FamilyChecks.LOWEST_TYPE || etherType > 0xFFFF) {
                throw new DeviceException(DeviceError.INVALID_OPERATION, "0x%04x is no EtherType".formatted(etherType));
            }
            claimed = claimed.withOwner(etherType, owner);
        }
        families = claimed;
    }

    /** Frames ever put on the IN queue of the window that owns a family; 0 when no window does. */
    long framesPut(int etherType) {
        FamilyTable table = families;
        int family = table.indexOf(etherType);
        return family >= 0 && table.owner(family) instanceof KernelWindow window ? window.framesIn() : 0;
    }

    /** Takes all families back from {@code owner}. */
    synchronized void disclaim(FamilyOwner owner) {
        families = families.without(owner);
    }
}
