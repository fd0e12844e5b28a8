package org.machbed.kernel.port;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.machbed.ipc.mach.MemoryObjectStore;
import org.machbed.kernel.port.PortCounters.Count;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who holds which memory object, from the first time that it is sent. An object that was never sent belongs to the task whose
 * number its name begins with. Guarded by the relay's lock.
 */
final class MemoryObjects {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryObjects.class);

    /** Objects sent and not yet released; a receiver that hoards more makes sends fail, not the kernel. */
    private static final int MAX_OBJECTS = 65_536;

    private static final int IN_MESSAGE = 0;

    private final Relay relay;
    private final MemoryObjectStore store;
    private final Map<String, Integer> holders = new HashMap<>();

    MemoryObjects(Relay relay, MemoryObjectStore store) {
        this.relay = relay;
        this.store = store;
    }

    MemoryObjectStore store() {
        return store;
    }

    boolean full() {
        return holders.size() >= MAX_OBJECTS;
    }

    /** Whether the task holds the object, and so may send it. */
    boolean mayGive(Task task, String object) {
        Integer holder = holders.get(object);
        return holder == null ? MemoryObjectStore.ownerOf(object) == task.number : holder == task.number;
    }

    void inMessage(String object) {
        holders.put(object, IN_MESSAGE);
    }

    void give(Task task, String object) {
        holders.put(object, task.number);
    }

    /** The task has unmapped and deleted the object. */
    void released(Task task, String object) {
        if (!holders.remove(object, task.number)) {
            relay.counters.count(Count.MALFORMED_FRAMES);
        }
    }

    /** The kernel, having received the object in a message, has unmapped and deleted it. */
    void releasedByKernel(String object) {
        holders.remove(object, IN_MESSAGE);
    }

    /** Deletes an object whose message is destroyed. */
    void delete(String object) {
        holders.remove(object);
        relay.counters.count(Count.ORPHANED_OBJECTS);
        try {
            store.delete(object);
        } catch (IOException e) {
            LOG.warn("cannot delete memory object {}", object, e);
        }
    }

    /** Deletes what a dead task held, and what it made and never sent. */
    void taskGone(Task task) {
        Iterator<Map.Entry<String, Integer>> each = holders.entrySet().iterator();
        while (each.hasNext()) {
            Map.Entry<String, Integer> entry = each.next();
            if (entry.getValue() == task.number) {
                each.remove();
                relay.counters.count(Count.ORPHANED_OBJECTS);
                try {
                    store.delete(entry.getKey());
                } catch (IOException e) {
                    LOG.warn("cannot delete memory object {} of {}", entry.getKey(), task, e);
                }
            }
        }
        try (DirectoryStream<Path> made = Files.newDirectoryStream(store.directory(), task.number + "-*")) {
            for (Path file : made) {
                String object = String.valueOf(file.getFileName());
                if (!holders.containsKey(object)) {
                    delete(object);
                }
            }
        } catch (IOException e) {
            LOG.warn("cannot look for memory objects of {}", task, e);
        }
    }
}
