package org.machbed.kernel.port;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** A task as the kernel knows it. Guarded by the relay's lock. */
final class Task {
    /** Number in this kernel, from 1; also the owner's mark in the names of memory objects. */
    final int number;

    final String name;
    final TaskOutput output;
    final NameSpace space = new NameSpace();

    /** Calls that wait for their answer, by number. */
    final Map<Integer, Waiting> waiting = new HashMap<>();

    /** What the kernel does when the task is gone. */
    final Set<TaskWatch> watches = new LinkedHashSet<>();

    /** Bytes of this task's messages that wait in queues or for room in them. */
    long queuedBytes;

    boolean dead;

    Task(int number, String name, TaskOutput output) {
        this.number = number;
        this.name = name;
        this.output = output;
    }

    @Override
    public String toString() {
        return "task " + number + " (" + name + ")";
    }
}
