package org.machbed.testbed.launch;

import java.nio.file.Path;
import java.util.List;

/**
 * One process to start.
 *
 * @param row the row that it belongs to, for messages and logs
 * @param name names it within its host
 * @param program what it is called in messages
 * @param arguments its {@code --key=value} arguments
 * @param hostDirectory the shared memory of its host
 * @param kind which of the things that its program can be; processes of one kind run the same code
 * @param cache which ahead-of-time cache suits it; processes that load the same classes share one
 */
public record ProcessPlan(
        String row,
        String host,
        String name,
        String program,
        String mainClass,
        List<String> arguments,
        int cpu,
        Path hostDirectory,
        String kind,
        String cache) {

    public ProcessPlan {
        arguments = List.copyOf(arguments);
    }

    /** Names the part that it plays: processes with the same name may share a virtual machine. */
    String sharedAs() {
        return host + "-" + name + "-" + kind + "-" + cache;
    }

    /** As messages call it: "kernel-node of host b (server-ipc)". */
    public String title() {
        return program + " of host " + host + " (" + row + ")";
    }
}
