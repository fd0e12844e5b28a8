package org.machbed.testbed.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.machbed.ipc.memory.LatencyRequest;
import org.machbed.testbed.launch.JvmCommand;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.machine.Machine;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.report.Environment;

/** Collects what a reader must know to judge the numbers. */
final class EnvironmentFacts {
    private static final long MEBIBYTE = 1024L * 1024;

    private final String deployment;
    private final Pinning pinning;
    private final LatencyRequest latency;
    private final boolean realTimeRefused;

    /**
     * Facts of a run.
     *
     * @param deployment where the hosts were
     * @param realTimeRefused whether rows ask for real-time priority that they cannot have
     */
    EnvironmentFacts(String deployment, Pinning pinning, LatencyRequest latency, boolean realTimeRefused) {
        this.deployment = deployment;
        this.pinning = pinning;
        this.latency = latency;
        this.realTimeRefused = realTimeRefused;
    }

    /** What would be better with other rights or another machine. */
    List<String> notes() {
        var notes = new ArrayList<String>();
        if (pinning.shared()) {
            notes.add("this machine lets us use one CPU, so both hosts share it and never work at the same time");
        }
        if (!latency.granted()) {
            notes.add("no CPU latency request (it needs root): waking an idle CPU may cost 20 us more");
        }
        if (realTimeRefused) {
            notes.add("no real-time priority (it needs root): input threads compete with everything else");
        }
        return notes;
    }

    Environment environment(List<RowResult> rows, List<String> notesSoFar) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("cpu", Machine.cpuModel());
        facts.put("cpus", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", Machine.totalMemoryBytes() / MEBIBYTE + " MiB");
        facts.put("kernel", Machine.kernel());
        facts.put("jdk", Machine.jdk());
        facts.put("deployment", deployment);
        facts.put("flags", String.join(" ", JvmCommand.flags()));
        facts.put("pinning", "host a on CPU " + pinning.cpuOfA() + ", host b on CPU " + pinning.cpuOfB());
        facts.put("latencyRequest", latency.reason());
        facts.put("realTime", realTimeOf(rows));
        facts.put("clock", Machine.clock());
        facts.put("commit", commit());
        return new Environment(facts, notesSoFar);
    }

    /** What the processes say that they were granted, rather than what we allowed. */
    private String realTimeOf(List<RowResult> rows) {
        var said = new LinkedHashSet<String>();
        for (RowResult row : rows) {
            for (String note : row.notes()) {
                said.add(note.substring(note.indexOf('=') + 1));
            }
        }
        return said.isEmpty() ? "not asked for" : String.join(", ", said);
    }

    /** The commit of the working copy that the launcher script stands in. */
    private static String commit() {
        String home = System.getProperty("machbed.home", "");
        if (home.isEmpty()) {
            return "unknown";
        }
        try {
            Process git = new ProcessBuilder("git", "-C", home, "describe", "--always", "--dirty", "--abbrev=12")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .directory(Path.of(home).toFile())
                    .start();
            git.getOutputStream().close();
            String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return said.isEmpty() ? "unknown" : said;
        } catch (IOException e) {
            return "unknown";
        }
    }
}
