package org.machbed.testbed.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.machbed.testbed.launch.AotCaches;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.ProcessPlan;
import org.machbed.testbed.launch.RowPlan;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.TopologyCompiler;
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
        boolean usable = caches.prepare(key());
        Map<String, RowSpec> teachers = teachers(rows, caches);
        if (usable && !teachers.isEmpty()) {
            JvmCommand training = JvmCommand.ofThisJvm(caches.training());
            progress.stage("preparing fast starts (once per build)");
            int done = 0;
            for (RowSpec teacher : teachers.values()) {
                RowPlan plan = compiler.compile("rehearsal-" + teacher.name(), teacher.topology(), run.directory());
                new Rehearsal(run, training, workload).of(plan, OPERATIONS, STOP_LIMIT);
                progress.step(++done, teachers.size(), teacher.name());
            }
        }
        return JvmCommand.ofThisJvm(caches);
    }

    /** For each missing cache the row with the most processes that would use it; one row may teach several. */
    private Map<String, RowSpec> teachers(List<RowSpec> rows, AotCaches caches) {
        var missing = new TreeSet<String>();
        Map<String, RowSpec> teachers = new LinkedHashMap<>();
        for (RowSpec row : rows.stream()
                .sorted(java.util.Comparator.comparingInt(
                        (RowSpec row) -> -plan(row).processes().size()))
                .toList()) {
            for (ProcessPlan process : plan(row).processes()) {
                if (!caches.has(process.cache()) && missing.add(process.cache())) {
                    teachers.put(row.name(), row);
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
