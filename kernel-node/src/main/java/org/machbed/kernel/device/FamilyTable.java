package org.machbed.kernel.device;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The protocol families that the driver knows of, by EtherType, and who owns each ("apriori knowledge of the configured
 * protocol families", reynolds91). An EtherType has one owner at most. Immutable: the interrupt thread reads a snapshot
 * while calls replace it.
 */
final class FamilyTable {
    /** More families than this are refused: the look-up is a scan. */
    static final int MAX_FAMILIES = 16;

    private final int[] etherTypes;
    private final @Nullable FamilyOwner[] owners;

    private FamilyTable(int[] etherTypes, @Nullable FamilyOwner[] owners) {
        this.etherTypes = etherTypes;
        this.owners = owners;
    }

    /** Families that are supported though nobody owns them: their frames go to packet filters only. */
    static FamilyTable supporting(int... etherTypes) {
        return new FamilyTable(etherTypes.clone(), new @Nullable FamilyOwner[etherTypes.length]);
    }

    /** Position of an EtherType, -1 when it is not supported. */
    int indexOf(int etherType) {
        for (int i = 0; i < etherTypes.length; i++) {
            if (etherTypes[i] == etherType) {
                return i;
            }
        }
        return -1;
    }

    @Nullable
    FamilyOwner owner(int index) {
        return owners[index];
    }

    /**
     * This table with {@code owner} owning {@code etherType}, supported from then on.
     *
     * @throws DeviceException when somebody else owns it, or there are too many families
     */
    FamilyTable withOwner(int etherType, FamilyOwner owner) throws DeviceException {
        int index = indexOf(etherType);
        FamilyOwner present = index < 0 ? null : owners[index];
        if (present != null) {
            throw new DeviceException(
                    DeviceError.ALREADY_OPEN,
                    "frames of EtherType 0x%04x go to %s already".formatted(etherType, present.ownerName()));
        }
        if (index < 0 && etherTypes.length == MAX_FAMILIES) {
            throw new DeviceException(DeviceError.NO_MEMORY, "the device serves " + MAX_FAMILIES + " families already");
        }
        int length = index < 0 ? etherTypes.length + 1 : etherTypes.length;
        int[] newTypes = Arrays.copyOf(etherTypes, length);
        @Nullable FamilyOwner[] newOwners = Arrays.copyOf(owners, length);
        int place = index < 0 ? length - 1 : index;
        newTypes[place] = etherType;
        newOwners[place] = owner;
        return new FamilyTable(newTypes, newOwners);
    }

    /** This table without {@code owner}; the families that it owned stay supported. */
    FamilyTable without(FamilyOwner owner) {
        @Nullable FamilyOwner[] newOwners = owners.clone();
        for (int i = 0; i < newOwners.length; i++) {
            if (owner.equals(newOwners[i])) {
                newOwners[i] = null;
            }
        }
        return new FamilyTable(etherTypes, newOwners);
    }
}
