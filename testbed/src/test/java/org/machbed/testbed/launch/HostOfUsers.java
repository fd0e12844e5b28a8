package org.machbed.testbed.launch;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.testbed.topology.Topology;

import static org.assertj.core.api.Assertions.assertThat;

/** A host whose kernel, server and application run under three users, in one group and without a capability, as in containers. */
final class HostOfUsers implements AutoCloseable {
    static final int GROUP = 10_000;
    static final int STRANGER = 10_099;

    /** In a container the kernel is root without capabilities; here it has not even that. */
    private static final Map<Role, Integer> USERS =
            Map.of(Role.KERNEL, 10_010, Role.SERVER, 10_001, Role.CLIENT, 10_003);

    private static final long PATIENCE_SECONDS = 60;

    private final Path directory;
    private final Map<Role, Process> processes = new EnumMap<>(Role.class);
    private final Map<Role, BufferedReader> replies = new EnumMap<>(Role.class);
    private final Path logs;

    private HostOfUsers(Path directory, Path logs) {
        this.directory = directory;
        this.logs = logs;
    }

    static int userOf(Role role) {
        return USERS.getOrDefault(role, STRANGER);
    }

    /** A directory whose memory the group shares. */
    static Path groupDirectory(Path path) throws IOException {
        Files.createDirectory(path);
        own(path, userOf(Role.KERNEL));
        Files.setAttribute(path, "unix:mode", 02770);
        return path;
    }

    private static void own(Path path, int user) throws IOException {
        Files.setAttribute(path, "unix:gid", GROUP);
        Files.setAttribute(path, "unix:uid", user);
    }

    /**
     * Makes its directory.
     *
     * @param row a {@link #groupDirectory}
     */
    static HostOfUsers create(Path row, String name, Path logs) throws IOException {
        Path directory = HostDirectory.create(row.resolve(name)).path();
        own(directory, userOf(Role.KERNEL));
        // A change of owner may take the bits for set-group-ID away (chown(2)).
        Files.setAttribute(directory, "unix:mode", 03730);
        return new HostOfUsers(directory, logs);
    }

    Path directory() {
        return directory;
    }

    /** The processes of a topology, in the order of their start. */
    static Map<Role, ProcessPlan> plans(Topology topology, HostSettings settings, Path row, String wire) {
        return new HostCompiler("users", topology, settings, row, WireEnd.of(wire, 1500), false).processes();
    }

    /** Starts one process, with our jars where every user reads them; it says READY when it is. */
    void start(Role role, ProcessPlan plan, JvmCommand jvm) throws IOException {
        List<String> command = new ArrayList<>(asUser(userOf(role), GROUP));
        command.addAll(jvm.of(plan, logs));
        File log = logs.resolve(plan.host() + "-" + plan.name() + ".log").toFile();
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(log).directory(new File("/"));
        Process process = builder.start();
        processes.put(role, process);
        replies.put(role, new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
    }

    /** {@code setpriv} with no capability, nor a way to get one. */
    static List<String> asUser(int user, int group) {
        return List.of(
                "setpriv",
                "--reuid=" + user,
                "--regid=" + group,
                "--clear-groups",
                "--no-new-privs",
                "--inh-caps=-all",
                "--bounding-set=-all");
    }

    void send(Role role, String command) throws IOException {
        var input = process(role).getOutputStream();
        input.write((command + "\n").getBytes(StandardCharsets.UTF_8));
        input.flush();
    }

    /** The rest of a reply that begins with a word. */
    String reply(Role role, String word) throws IOException {
        BufferedReader reader = replies.get(role);
        assertThat(reader).isNotNull();
        String line = reader.readLine();
        assertThat(line)
                .as(() -> role + " of " + directory + " says in its log: " + log(role))
                .isNotNull();
        assertThat(line).as(() -> role + " of " + directory + ": " + log(role)).startsWith(word);
        return line.substring(word.length()).strip();
    }

    private Process process(Role role) {
        Process process = processes.get(role);
        if (process == null) {
            throw new IllegalStateException("there is no " + role);
        }
        return process;
    }

    private String log(Role role) {
        try {
            return Files.readString(logs.resolve(directory.getFileName() + "-" + role.processName() + ".log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Effective capabilities, as /proc tells them. */
    String capabilities(Role role) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + process(role).pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("CapEff:")).findFirst().orElseThrow();
        }
    }

    /** Stops all, applications first; each must end well. */
    @Override
    public void close() throws IOException {
        var order = new ArrayList<>(processes.entrySet());
        for (var entry : order.reversed()) {
            entry.getValue().getOutputStream().close();
            try {
                if (!entry.getValue().waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    entry.getValue().destroyForcibly();
                }
                assertThat(entry.getValue().waitFor())
                        .as(() -> entry.getKey() + ": " + log(entry.getKey()))
                        .isZero();
            } catch (InterruptedException e) {
                entry.getValue().destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
