package org.machbed.ipc.process;

/** What a program does with its arguments; it keeps no state outside of the call, so that one virtual machine may run several. */
@FunctionalInterface
public interface ProcessMain {
    /**
     * Parses arguments and goes on as a {@link ProcessBody}.
     *
     * @throws UsageException for wrong arguments: exit code 2
     * @throws Exception for anything else: exit code 1
     */
    void run(String[] arguments, ProcessLifecycle lifecycle) throws Exception;
}
