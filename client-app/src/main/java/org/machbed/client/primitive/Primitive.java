package org.machbed.client.primitive;

import java.io.IOException;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

/** Something whose cost is measured alone. */
interface Primitive {
    /** Its name in results. */
    String name();

    /**
     * Opens the side that answers, in a process of its own.
     *
     * @throws UsageException when one process does it all
     */
    default Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        throw new UsageException(name() + " has no other side to serve; connect alone measures it");
    }

    /** Opens the side that measures. */
    Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException;
}
