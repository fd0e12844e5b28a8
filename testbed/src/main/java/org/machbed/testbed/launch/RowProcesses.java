package org.machbed.testbed.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The running processes of one row. */
public final class RowProcesses {
    private final RowPlan plan;
    private final Deployment deployment;
    private final List<ChildProcess> processes;
    private final Map<ChildProcess, Map<String, String>> readyDetails;

    RowProcesses(
            RowPlan plan,
            Deployment deployment,
            List<ChildProcess> processes,
            Map<ChildProcess, Map<String, String>> readyDetails) {
        this.plan = plan;
        this.deployment = deployment;
        this.processes = List.copyOf(processes);
        this.readyDetails = new LinkedHashMap<>(readyDetails);
    }

    public RowPlan plan() {
        return plan;
    }

    public List<ChildProcess> all() {
        return processes;
    }

    public List<ChildProcess> ofHost(String host) {
        var found = new ArrayList<ChildProcess>();
        for (ChildProcess process : processes) {
            if (process.plan().host().equals(host)) {
                found.add(process);
            }
        }
        return found;
    }

    /** The application process of a host. */
    public ChildProcess client(String host) {
        return ofHost(host).getLast();
    }

    /** What a process said when it was ready. */
    public Map<String, String> readyDetails(ChildProcess process) {
        return readyDetails.getOrDefault(process, Map.of());
    }

    /** What each living process has counted, for whoever looks for the reason of a failure; asks those that owe no reply. */
    public List<String> counters(Duration limit) throws InterruptedException {
        var lines = new ArrayList<String>();
        for (ChildProcess process : processes) {
            try {
                if (process.isAlive() && !process.owesReply()) {
                    lines.add(process.plan().title() + ": "
                            + process.ask("counters", "COUNTERS", limit).rest());
                }
            } catch (RunFailure e) {
                lines.add(process.plan().title() + ": " + e.getMessage());
            }
        }
        return lines;
    }

    /** Where its hosts are. */
    public Deployment deployment() {
        return deployment;
    }
}
