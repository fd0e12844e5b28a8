package org.machbed.docker;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.testcontainers.containers.ComposeContainer;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The containers of compose.yaml as a project of the tests' own, with networks of its own, beside whatever else is up. They are up
 * once for all test classes, and go with the tests however those end.
 */
final class TwoHosts implements AutoCloseable {
    /** What stands: each role but the connection-server has a part in it. */
    static final String TOPOLOGY = "server-ipc";

    static final String ADDRESS_OF_A = "10.171.0.1";
    static final String ADDRESS_OF_B = "10.171.0.2";

    /** Flags of the processes' virtual machines. */
    static final String JVM_FLAGS = System.getenv().getOrDefault("MACHBED_JVM_FLAGS", "");

    private static final String ETHERNET = "10.171";
    private static final List<String> HOSTS = List.of("a", "b");
    private static final List<String> ROLES =
            List.of("kernel-node", "protocol-server", "connection-server", "client-app");
    private static final Path COMPOSE_FILE = Path.of("compose.yaml").toAbsolutePath();
    private static final Duration UP_LIMIT = Duration.ofMinutes(5);
    private static final long BENCH_LIMIT_SECONDS = 600;

    private static final Path RESULTS = Path.of("target", "results").toAbsolutePath();

    /** What compose.yaml is told; the networks are others than those of a project that a user may have up. */
    private static final Map<String, String> ENVIRONMENT = Map.of(
            "TOPOLOGY",
            TOPOLOGY,
            "MACHBED_IMAGE",
            Engine.IMAGE,
            "MACHBED_RESULTS",
            RESULTS.toString(),
            "MACHBED_JVM_FLAGS",
            JVM_FLAGS,
            "MACHBED_ETHERNET",
            ETHERNET,
            "MACHBED_JETSTREAM",
            "10.172",
            "MACHBED_CONTROL",
            "10.173.0");

    private final ComposeContainer containers;
    private final Thread hook = new Thread(this::remove, "compose-down");
    private boolean removed; // guarded by this

    private TwoHosts() {
        containers = new ComposeContainer(new File(COMPOSE_FILE.toString()))
                .withPull(false)
                .withEnv(ENVIRONMENT);
        for (String host : HOSTS) {
            for (String role : ROLES) {
                containers.waitingFor(
                        host + "-" + role + "-1", Wait.forHealthcheck().withStartupTimeout(UP_LIMIT));
            }
        }
    }

    private static TwoHosts up() {
        removeLeftovers();
        var hosts = new TwoHosts();
        Runtime.getRuntime().addShutdownHook(hosts.hook);
        try {
            Files.createDirectories(RESULTS);
            hosts.containers.start();
            return hosts;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make " + RESULTS, e);
        } catch (RuntimeException e) {
            hosts.remove();
            throw e;
        }
    }

    /** Tests that were killed without a word left their project, whose networks are in the way. */
    private static void removeLeftovers() {
        try {
            String networks =
                    Engine.ask("network", "ls", "-q", "--filter", "label=com.docker.compose.network=ethernet");
            for (String network : networks.lines().toList()) {
                String said = Engine.ask(
                        "network",
                        "inspect",
                        "-f",
                        "{{range .IPAM.Config}}{{.Subnet}}{{end}} {{index .Labels \"com.docker.compose.project\"}}",
                        network);
                List<String> words = List.of(said.split(" ", -1));
                if (words.getFirst().equals(ETHERNET + ".0.0/16")) {
                    Engine.ask("compose", "-p", words.getLast(), "down", "--volumes", "--remove-orphans");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private synchronized void remove() {
        if (!removed) {
            removed = true;
            containers.stop();
        }
    }

    @Override
    public void close() {
        remove();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    /** Gives them to test methods; they end with the last test class. */
    static final class Extension implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == TwoHosts.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(TwoHosts.class))
                    .computeIfAbsent(TwoHosts.class, _ -> up());
        }
    }

    private ContainerState container(String service) {
        return containers.getContainerByServiceName(service).orElseThrow();
    }

    /** The container's number, which it keeps when it is started again. */
    String id(String service) {
        return container(service).getContainerId();
    }

    ExecResult exec(String service, String... command) throws IOException, InterruptedException {
        return container(service).execInContainer(command);
    }

    /** Whether every role is up and ready. The engine's own word for one that was paused stays "unhealthy" until it probes again. */
    boolean areReady() throws IOException, InterruptedException {
        for (String host : HOSTS) {
            for (String role : ROLES) {
                if (Engine.run("exec", id(host + "-" + role + "-1"), "/opt/machbed/health-check")
                                .code()
                        != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A network of the project, as the engine calls it. */
    String network(String name) {
        return project() + "_" + name;
    }

    private String project() {
        String project = container("a-kernel-node-1")
                .getCurrentContainerInfo()
                .getConfig()
                .getLabels()
                .get("com.docker.compose.project");
        if (project == null) {
            throw new IllegalStateException("the container of a-kernel-node is of no project");
        }
        return project;
    }

    /** Runs a command of the command line in a container of bench. */
    Engine.Said bench(String... words) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("env"));
        ENVIRONMENT.forEach((name, value) -> command.add(name + "=" + value));
        command.addAll(Engine.command(List.of(
                "compose",
                "-p",
                project(),
                "-f",
                COMPOSE_FILE.toString(),
                "run",
                "--rm",
                "--no-TTY",
                "--no-deps",
                "bench")));
        command.addAll(List.of(words));
        return Engine.run(BENCH_LIMIT_SECONDS, command);
    }

    /** Where bench leaves what it is told to leave in {@code /results}. */
    Path results() {
        return RESULTS;
    }

    /** Puts a program of these tests where that container can run it; answers the path. */
    String install(String service, String program) throws IOException, InterruptedException {
        return Programs.install(id(service), program);
    }
}
