package org.machbed.server;

import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.RoleOpener;
import org.machbed.server.unix.SplPair;

/**
 * The primitives that only this process has: they are timed where the mechanism lives.
 *
 * <pre>
 * connect primitive=splPair   CONNECTED {}
 * </pre>
 */
final class ServerPrimitives implements RoleOpener {
    private final Crossings crossings;

    ServerPrimitives(Crossings crossings) {
        this.crossings = crossings;
    }

    @Override
    public Role serve(CommandArguments arguments) {
        throw new UsageException(
                "no primitive of a protocol-server has another side to serve; connect alone measures it");
    }

    @Override
    public Role connect(CommandArguments arguments) {
        String primitive = arguments.required("primitive");
        arguments.requireNoOthers();
        if (!primitive.equals(SplPair.NAME)) {
            throw new UsageException("there is no primitive \"" + primitive + "\" here; there is " + SplPair.NAME);
        }
        return SplPair.role(crossings);
    }
}
