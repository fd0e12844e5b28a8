package org.machbed.client.primitive;

import java.io.IOException;
import org.machbed.client.workload.Role;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;

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
