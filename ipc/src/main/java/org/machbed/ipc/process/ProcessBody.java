package org.machbed.ipc.process;

/** What a process does between its start and its stop. */
@FunctionalInterface
public interface ProcessBody {
    /**
     * Parses arguments, opens what the process needs, calls {@link ProcessLifecycle#ready}, then usually
     * {@link ProcessLifecycle#awaitStop}, and closes everything before it returns.
     *
     * @throws UsageException for wrong arguments: exit code 2
     * @throws Exception for anything else: exit code 1
     */
    void run(ProcessLifecycle lifecycle) throws Exception;
}
