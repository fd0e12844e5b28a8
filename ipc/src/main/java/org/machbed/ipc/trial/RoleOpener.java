package org.machbed.ipc.trial;

import java.io.IOException;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;

/** Knows the roles of a process; called on its command thread. */
public interface RoleOpener {
    /**
     * Opens the side that answers.
     *
     * @throws UsageException when there is no such role, or the arguments are not its
     */
    Role serve(CommandArguments arguments) throws IOException;

    /**
     * Opens the side that measures.
     *
     * @throws UsageException when there is no such role, or the arguments are not its
     */
    Role connect(CommandArguments arguments) throws IOException;
}
