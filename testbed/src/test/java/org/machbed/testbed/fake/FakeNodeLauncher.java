package org.machbed.testbed.fake;

import java.nio.file.Path;
import org.machbed.testbed.launch.ChildProcess;
import org.machbed.testbed.launch.RowProcesses;
import org.machbed.testbed.launch.Run;
import org.machbed.testbed.node.NodeAddresses;
import org.machbed.testbed.node.client.NodeDeployment;

/** A launcher with nodes in a process of its own, to be killed: prints the processes of its row, and waits. */
public final class FakeNodeLauncher {
    private FakeNodeLauncher() {}

    public static void main(String[] arguments) throws Exception {
        try (Run run = Run.open(NodeDeployment.open(NodeAddresses.parse(arguments[0])), Path.of(arguments[1]))) {
            RowProcesses row = run.start(FakeNodes.plan(run, "row"), FakeRows.jvm());
            var line = new StringBuilder();
            for (ChildProcess process : row.all()) {
                line.append(line.isEmpty() ? "" : " ").append(process.pid());
            }
            System.out.println(line);
            Thread.currentThread().join();
        }
    }
}
