package org.machbed.ipc.trial;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.process.UsageException;

/**
 * The commands that open a role and try it. One role is open at a time; opening another closes it.
 *
 * <pre>
 * serve KEY=VALUE...       SERVING {what the other side must know}
 * connect KEY=VALUE...     CONNECTED {}
 * trial operations=1000    DONE {"operations":1000,"histogram":...}
 * warm operations=1000     the same
 * stop                     STOPPED {}
 * </pre>
 */
public final class RoleCommands implements AutoCloseable {
    private static final long MAX_OPERATIONS = 1_000_000_000;

    private final RoleOpener opener;

    /** Set on the command thread; closed also by the main thread when the process stops. */
    private volatile @Nullable Role role;

    public RoleCommands(RoleOpener opener) {
        this.opener = opener;
    }

    /** Has a process answer the commands. */
    public void register(ProcessLifecycle lifecycle) {
        lifecycle.onCommand("serve", rest -> {
            close();
            Role opened = opener.serve(CommandArguments.parse(rest));
            role = opened;
            Json reply = Json.object();
            opened.describe(reply);
            return "SERVING " + reply;
        });
        lifecycle.onCommand("connect", rest -> {
            close();
            role = opener.connect(CommandArguments.parse(rest));
            return "CONNECTED " + Json.object();
        });
        lifecycle.onCommand("trial", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("warm", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("stop", rest -> {
            CommandArguments.parse(rest).requireNoOthers();
            close();
            return "STOPPED " + Json.object();
        });
    }

    private Json trial(CommandArguments arguments) throws IOException, InterruptedException {
        long operations = arguments.requiredLong("operations");
        arguments.requireNoOthers();
        if (operations < 1 || operations > MAX_OPERATIONS) {
            throw new UsageException("operations is " + operations + ", which is not between 1 and " + MAX_OPERATIONS);
        }
        Role current = role;
        if (current == null) {
            throw new UsageException("nothing is open: serve or connect first");
        }
        return current.trial(operations);
    }

    /** Closes the role, if one is open; a trial under way ends. */
    @Override
    public void close() throws IOException {
        Role current = role;
        role = null;
        if (current != null) {
            current.close();
        }
    }
}
