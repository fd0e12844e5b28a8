package org.machbed.kernel.port;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachLimits;

/**
 * A task's port name space. Names are an index and a generation, as in Mach, so that a stale name is refused and not taken for a
 * newer right:
 *
 * <pre>
 *  31      24 23                              8 7             0
 * +----------+---------------------------------+---------------+
 * |    0     |              index              | generation, 1 |
 * +----------+---------------------------------+---------------+
 * </pre>
 *
 * Send and receive rights to one port share a name; each send-once right has its own. Guarded by the relay's lock.
 */
final class NameSpace {
    private final List<Entry> entries = new ArrayList<>();
    /** Indices of free entries, the first {@link #freeCount} of the array. */
    private int[] free = new int[16];

    private int freeCount;

    private final Map<Port, Entry> byPort = new HashMap<>();

    /** What a name denotes. At most one of receive/send, send-once, dead name and port set is there. */
    static final class Entry {
        private final int index;
        private int generation;
        private boolean used;

        int name;

        @Nullable
        Port port;

        @Nullable
        PortSet set;

        boolean receive;
        int sendReferences;
        boolean sendOnce;
        int deadReferences;

        Port.@Nullable DeadNameRequest deadNameRequest;

        private Entry(int index) {
            this.index = index;
        }

        /** The port, of an entry that denotes a right to one. */
        Port requirePort() {
            if (port == null) {
                throw new IllegalStateException("name 0x" + Integer.toHexString(name) + " denotes no port");
            }
            return port;
        }

        boolean denotesNothing() {
            return !receive && sendReferences == 0 && !sendOnce && deadReferences == 0 && set == null;
        }
    }

    /** A fresh entry with nothing in it yet, or {@code null} when the space is full. */
    @Nullable
    Entry allocate() {
        Entry entry;
        if (freeCount > 0) {
            entry = entries.get(free[--freeCount]);
        } else if (entries.size() < MachLimits.MAX_NAMES) {
            entry = new Entry(entries.size());
            entries.add(entry);
        } else {
            return null;
        }
        entry.generation = entry.generation % 255 + 1;
        entry.name = entry.index << 8 | entry.generation;
        entry.used = true;
        return entry;
    }

    /** The entry of a name, or {@code null} for a name that denotes nothing. Rights to dead ports have become dead names. */
    @Nullable
    Entry find(int name) {
        int index = name >>> 8;
        if (index >= entries.size()) {
            return null;
        }
        Entry entry = entries.get(index);
        if (!entry.used || entry.name != name) {
            return null;
        }
        if (entry.port != null && entry.port.dead) {
            becomeDeadName(entry);
        }
        return entry;
    }

    /** The entry that holds send or receive rights to {@code port}. */
    @Nullable
    Entry findPort(Port port) {
        return byPort.get(port);
    }

    /** Makes the entry the name of send and receive rights to {@code port}. */
    void bind(Entry entry, Port port) {
        entry.port = port;
        byPort.put(port, entry);
    }

    /** Frees the entry; whoever calls has disposed of its rights. */
    void free(Entry entry) {
        if (entry.port != null && !entry.sendOnce) {
            byPort.remove(entry.port);
        }
        entry.used = false;
        entry.port = null;
        entry.set = null;
        entry.receive = false;
        entry.sendReferences = 0;
        entry.sendOnce = false;
        entry.deadReferences = 0;
        entry.deadNameRequest = null;
        if (freeCount == free.length) {
            free = java.util.Arrays.copyOf(free, freeCount * 2);
        }
        free[freeCount++] = entry.index;
    }

    /** All entries in use. */
    List<Entry> used() {
        List<Entry> used = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.used) {
                used.add(entry);
            }
        }
        return used;
    }

    private void becomeDeadName(Entry entry) {
        if (!entry.sendOnce) {
            byPort.remove(entry.requirePort());
        }
        entry.deadReferences += entry.sendOnce ? 1 : entry.sendReferences;
        entry.sendReferences = 0;
        entry.sendOnce = false;
        entry.receive = false;
        entry.port = null;
    }
}
