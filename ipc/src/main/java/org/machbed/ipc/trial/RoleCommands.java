package org.machbed.ipc.trial;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.ProcessLifecycle;
import org.machbed.ipc.process.UsageException;

/**
 * The commands that open roles and try them. Each takes a key {@code role}, a name for the role among those of the process, which
 * may be left out where there is but one; opening another role under a name closes the one before.
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

    /** More than any run asks of one process. */
    static final int MAX_ROLES = 32;

    private final RoleOpener opener;

    /** By name. Opened and tried on the command thread; closed also by the main thread when the process stops. */
    private final Map<String, Role> roles = new HashMap<>(); // guarded by this

    private boolean ended; // guarded by this

    public RoleCommands(RoleOpener opener) {
        this.opener = opener;
    }

    private interface Opening {
        Role open(CommandArguments arguments) throws IOException;
    }

    /** Has a process answer the commands. */
    public void register(ProcessLifecycle lifecycle) {
        lifecycle.onCommand("serve", rest -> {
            Role opened = open(rest, opener::serve);
            Json reply = Json.object();
            opened.describe(reply);
            return "SERVING " + reply;
        });
        lifecycle.onCommand("connect", rest -> {
            open(rest, opener::connect);
            return "CONNECTED " + Json.object();
        });
        lifecycle.onCommand("trial", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("warm", rest -> "DONE " + trial(CommandArguments.parse(rest)));
        lifecycle.onCommand("stop", rest -> {
            CommandArguments arguments = CommandArguments.parse(rest);
            String name = name(arguments);
            arguments.requireNoOthers();
            closeRole(name);
            return "STOPPED " + Json.object();
        });
    }

    private static String name(CommandArguments arguments) {
        return arguments.optional("role").orElse("");
    }

    private Role open(String rest, Opening opening) throws IOException {
        CommandArguments arguments = CommandArguments.parse(rest);
        String name = name(arguments);
        closeRole(name);
        synchronized (this) {
            if (roles.size() == MAX_ROLES) {
                throw new UsageException(MAX_ROLES + " roles are open, which is as many as there may be");
            }
        }
        Role opened = opening.open(arguments);
        keep(name, opened);
        return opened;
    }

    private Json trial(CommandArguments arguments) throws IOException, InterruptedException {
        String name = name(arguments);
        long operations = arguments.requiredLong("operations");
        arguments.requireNoOthers();
        if (operations < 1 || operations > MAX_OPERATIONS) {
            throw new UsageException("operations is " + operations + ", which is not between 1 and " + MAX_OPERATIONS);
        }
        return role(name).trial(operations);
    }

    private synchronized Role role(String name) {
        Role open = roles.get(name);
        if (open == null) {
            throw new UsageException(
                    "nothing is open" + (name.isEmpty() ? "" : " as " + name) + ": serve or connect first");
        }
        return open;
    }

    /** A role that was opened while the process began to stop is closed again, since nobody else will. */
    private void keep(String name, Role opened) throws IOException {
        synchronized (this) {
            if (!ended) {
                roles.put(name, opened);
                return;
            }
        }
        opened.close();
        throw new IOException("the process stops");
    }

    private void closeRole(String name) throws IOException {
        Role open;
        synchronized (this) {
            open = roles.remove(name);
        }
        if (open != null) {
            open.close();
        }
    }

    /** Closes all roles that are open, for good; a trial under way ends. */
    @Override
    public void close() throws IOException {
        List<Role> open;
        synchronized (this) {
            ended = true;
            open = new ArrayList<>(roles.values());
            roles.clear();
        }
        IOException failure = null;
        for (Role role : open) {
            failure = close(role, failure);
        }
        if (failure != null) {
            throw failure;
        }
    }

    private static @Nullable IOException close(Role role, @Nullable IOException earlier) {
        try {
            role.close();
            return earlier;
        } catch (IOException e) {
            if (earlier == null) {
                return e;
            }
            earlier.addSuppressed(e);
            return earlier;
        }
    }
}
