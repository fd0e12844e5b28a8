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

    private boolean ended; // guarded by this

    public RoleCommands(RoleOpener opener) {
        this.opener = opener;
    }

    /** Has a process answer the commands. */
    public void register(ProcessLifecycle lifecycle) {
        lifecycle.onCommand("serve", rest -> {
            closeRole();
            Role opened = opener.serve(CommandArguments.parse(rest));
            keep(opened);
            Json reply = Json.object();
            opened.describe(reply);
            return "SERVING " + reply;
        });
        lifecycle.onCommand("connect", rest -> {
            closeRole();
            keep(opener.connect(CommandArguments.parse(rest)));
            return "CONNECTED " + Json.object();
        });
        lifecycle.onCommand("trial", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("warm", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("stop", rest -> {
            CommandArguments.parse(rest).requireNoOthers();
            closeRole();
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

    /** A role that was opened while the process began to stop is closed again, since nobody else will. */
    private void keep(Role opened) throws IOException {
        synchronized (this) {
            if (!ended) {
                role = opened;
                return;
            }
        }
        opened.close();
        throw new IOException("the process stops");
    }

    private void closeRole() throws IOException {
        Role current;
        synchronized (this) {
            current = role;
            role = null;
        }
        if (current != null) {
            current.close();
        }
    }

    /** Closes the role, if one is open, for good; a trial under way ends. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            ended = true;
        }
        closeRole();
    }
}
