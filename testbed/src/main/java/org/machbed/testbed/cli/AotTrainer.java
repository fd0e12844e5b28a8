package org.machbed.testbed.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.machbed.testbed.launch.AotCaches;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.TopologyCompiler;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.measure.Batches;
import org.machbed.testbed.measure.Concurrently;
import org.machbed.testbed.measure.Rehearsal;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.SystemSpec;
import org.machbed.testbed.measure.Workload;

/** Makes the ahead-of-time caches that are missing, by a rehearsal of a few systems; once per build. */
final class AotTrainer {
    private static final int OPERATIONS = 1_000;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final Run run;
    private final TopologyCompiler compiler;
    private final TerminalProgress progress;

    AotTrainer(Run run, TopologyCompiler compiler, TerminalProgress progress) {
        this.run = run;
        this.compiler = compiler;
        this.progress = progress;
    }

    /** How processes are started from now on. */
    JvmCommand jvm(List<RowSpec> rows) throws RunFailure, InterruptedException {
        AotCaches caches = caches();
        if (caches.prepare(key())) {
            SortedMap<String, SystemSpec> teachers = teachers(Batches.systems(rows), caches);
            if (!teachers.isEmpty()) {
                progress.stage("preparing fast starts (once per build)");
                teach(caches, teachers, rows);
            }
        }
        return JvmCommand.ofThisJvm(caches);
    }

    /**
     * The hosts take turns in making caches, and all systems that memory has room for run at once, so that the CPUs
     * of both have work.
     */
    private void teach(AotCaches caches, SortedMap<String, SystemSpec> teachers, List<RowSpec> rows)
            throws RunFailure, InterruptedException {
        Map<String, String> makers = new HashMap<>();
        teachers.forEach((cache, teacher) -> {
            RowPlan plan = plan(teacher, "");
            makers.put(
                    cache, makers.size() % 2 == 0 ? plan.a().name() : plan.b().name());
        });
        JvmCommand training = JvmCommand.ofThisJvm(caches.training(makers));
        List<SystemSpec> systems = teachers.values().stream().distinct().toList();
        var done = new AtomicInteger();
        List<Callable<SystemSpec>> lessons = new ArrayList<>();
        for (SystemSpec system : systems) {
            List<Workload> workloads = rows.stream()
                    .filter(row -> row.system().equals(system))
                    .map(RowSpec::workload)
                    .toList();
            lessons.add(() -> {
                new Rehearsal(run, training).of(plan(system, "rehearsal-"), workloads, OPERATIONS, STOP_LIMIT);
                progress.step(done.incrementAndGet(), systems.size(), system.name());
                return system;
            });
        }
        int fit = Memory.systemsAtOnce(Machine.availableMemoryBytes(), false);
        Concurrently.all(lessons, Math.clamp(fit, 1, systems.size()));
    }

    /** For each missing cache the system with the most processes that would use it; one may teach several. */
    private SortedMap<String, SystemSpec> teachers(Set<SystemSpec> systems, AotCaches caches) {
        SortedMap<String, SystemSpec> teachers = new TreeMap<>();
        for (SystemSpec system : systems.stream()
                .sorted(Comparator.comparingInt(
                        (SystemSpec system) -> -plan(system, "").processes().size()))
                .toList()) {
            for (ProcessPlan process : plan(system, "").processes()) {
                if (!caches.has(process.cache())) {
                    teachers.putIfAbsent(process.cache(), system);
                }
            }
        }
        return teachers;
    }

    private RowPlan plan(SystemSpec system, String prefix) {
        return compiler.compile(prefix + system.name(), system.topology(), system.mtuBytes(), run.directory());
    }

    /** Beside the jars, where they run from; none when we do not run from jars or must not write there. */
    static AotCaches caches() {
        Path first = Path.of(classPath().getFirst());
        Path library = first.toAbsolutePath().getParent();
        boolean fromJars = classPath().stream().allMatch(entry -> entry.endsWith(".jar"));
        if (!fromJars || library == null || !Files.isWritable(library.resolveSibling("."))) {
            return AotCaches.none();
        }
        return AotCaches.in(library.resolveSibling("aot"));
    }

    /** Those that have been made, for processes that make none; the directory need not be writable. */
    static AotCaches readyCaches() {
        Path library = Path.of(classPath().getFirst()).toAbsolutePath().getParent();
        Path directory = library == null ? Path.of("aot") : library.resolveSibling("aot");
        return Files.isDirectory(directory) ? AotCaches.in(directory) : AotCaches.none();
    }

    private static String key() {
        var key = new StringBuilder(Machine.jdk());
        for (String entry : classPath()) {
            Path jar = Path.of(entry);
            try {
                key.append('\n')
                        .append(jar.getFileName())
                        .append(' ')
                        .append(Files.size(jar))
                        .append(' ')
                        .append(Files.getLastModifiedTime(jar).toMillis());
            } catch (IOException e) {
                key.append('\n').append(entry);
            }
        }
        return key.toString();
    }

    private static List<String> classPath() {
        return List.of(System.getProperty("java.class.path").split(File.pathSeparator, -1));
    }
}
