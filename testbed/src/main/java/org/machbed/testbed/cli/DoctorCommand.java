package org.machbed.testbed.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description = "Tells what this machine lacks, and what would make measurements better.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli.
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        List<MachineCheck.Finding> findings = MachineCheck.all();
        var out = spec.commandLine().getOut();
        if (json) {
            ArrayNode array = new ObjectMapper().createArrayNode();
            for (MachineCheck.Finding finding : findings) {
                ObjectNode node = array.addObject();
                node.put("what", finding.what());
                node.put("state", finding.state().name().toLowerCase(java.util.Locale.ROOT));
                node.put("says", finding.says());
            }
            out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(array));
        } else {
            for (MachineCheck.Finding finding : findings) {
                out.printf("  %-8s %-22s %s%n", finding.state().word(), finding.what(), finding.says());
            }
        }
        out.flush();
        boolean unfit = findings.stream().anyMatch(finding -> finding.state() == MachineCheck.State.MISSING);
        return unfit ? Machbed.FAILED : Machbed.DONE;
    }
}
