package org.machbed.ipc.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The process group of this process (setpgid(2)): whom a terminal's signals go to. */
public final class ProcessGroup {
    private static final MethodHandle SETPGID = Native.function(
            "setpgid", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private ProcessGroup() {}

    /**
     * Makes this process the leader of a group of its own, so that Ctrl-C does not reach it. It stays in the session, which setsid(2)
     * would leave: Linux schedules each session as a group by itself (sched(7), autogroups), and switches between the processes of a
     * host would cost more. A process that leads a group or a session already stays as it is.
     */
    public static void lead() {
        try {
            int _ = (int) SETPGID.invokeExact(0, 0);
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }
}
