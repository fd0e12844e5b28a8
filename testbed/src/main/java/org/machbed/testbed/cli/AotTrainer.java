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
import org.machbed.testbed.measure.Concurrently;
import org.machbed.testbed.measure.Machine;
import org.machbed.testbed.measure.Rehearsal;
import org.machbed.testbed.measure.RowSpec;
import org.machbed.testbed.measure.Workload;

/** Makes the ahead-of-time caches that are missing, by a rehearsal of a few rows; once per build. */
final class AotTrainer {
    private static final int OPERATIONS = 1_000;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

    private final Run run;
    private final TopologyCompiler compiler;
    private final Workload workload;
    private final TerminalProgress progress;

    AotTrainer(Run run, TopologyCompiler compiler, Workload workload, TerminalProgress progress) {
        this.run = run;
        this.compiler = compiler;
        this.workload = workload;
        this.progress = progress;
    }

    /** How processes are started from now on. */
    JvmCommand jvm(List<RowSpec> rows) throws RunFailure, InterruptedException {
        AotCaches caches = caches();
        if (caches.prepare(key())) {
            SortedMap<String, RowSpec> teachers = teachers(rows, caches);
            if (!teachers.isEmpty()) {
                progress.stage("preparing fast starts (once per build)");
                teach(caches, teachers);
            }
        }
        return JvmCommand.ofThisJvm(caches);
    }

    /**
     * The hosts take turns in making caches, and all rows that memory has room for run at once, so that the CPUs
     * of both have work.
     */
    private void teach(AotCaches caches, SortedMap<String, RowSpec> teachers) throws RunFailure, InterruptedException {
        Map<String, String> makers = new HashMap<>();
        for (String cache : teachers.keySet()) {
            RowPlan plan = plan(teachers.get(cache));
            makers.put(
                    cache, makers.size() % 2 == 0 ? plan.a().name() : plan.b().name());
        }
        JvmCommand training = JvmCommand.ofThisJvm(caches.training(makers));
        List<RowSpec> rows = teachers.values().stream().distinct().toList();
        var done = new AtomicInteger();
        List<Callable<RowSpec>> lessons = new ArrayList<>();
        for (RowSpec row : rows) {
            lessons.add(() -> {
                RowPlan plan = compiler.compile("rehearsal-" + row.name(), row.topology(), run.directory());
                new Rehearsal(run, training, workload).of(plan, OPERATIONS, STOP_LIMIT);
                progress.step(done.incrementAndGet(), rows.size(), row.name());
                return row;
            });
        }
        int fit = Memory.rowsAtOnce(Machine.availableMemoryBytes(), false);
        Concurrently.all(lessons, Math.clamp(fit, 1, rows.size()));
    }

    /** For each missing cache the row with the most processes that would use it; one row may teach several. */
    private SortedMap<String, RowSpec> teachers(List<RowSpec> rows, AotCaches caches) {
        SortedMap<String, RowSpec> teachers = new TreeMap<>();
        for (RowSpec row : rows.stream()
                .sorted(Comparator.comparingInt(
                        (RowSpec row) -> -plan(row).processes().size()))
                .toList()) {
            for (ProcessPlan process : plan(row).processes()) {
                if (!caches.has(process.cache())) {
                    teachers.putIfAbsent(process.cache(), row);
                }
            }
        }
        return teachers;
    }

    private RowPlan plan(RowSpec row) {
        return compiler.compile(row.name(), row.topology(), run.directory());
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
