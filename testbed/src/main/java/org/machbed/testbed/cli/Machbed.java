package org.machbed.testbed.cli;

import java.util.Locale;
import org.machbed.testbed.launch.RunFailure;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: {@code machbed <command>}. Exit code 0 done, 1 failed, 2 wrong use. */
@Command(
        name = "machbed",
        description =
                "Measures what it costs to put a network protocol in the kernel, in a server process or in a library.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        version = "machbed 0.1.0",
        subcommands = {
            ReproduceCommand.class,
            MeasureCommand.class,
            BoundsCommand.class,
            UpCommand.class,
            RunCommand.class,
            TopologiesCommand.class,
            ValidateCommand.class,
            CalibrateCommand.class,
            PrepareCommand.class,
            SimulateCommand.class,
            CompareCommand.class,
            DoctorCommand.class,
            NodeCommand.class
        },
        footer = {"", "Start with: machbed reproduce --paper maeda92 --quick"})
public final class Machbed implements Runnable {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int WRONG_USE = 2;

    private Machbed() {}

    public static void main(String[] arguments) {
        // Numbers in tables and files look the same wherever they are made.
        Locale.setDefault(Locale.ROOT);
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Machbed())
                .setParameterExceptionHandler(Machbed::onWrongUse)
                .setExecutionExceptionHandler((thrown, commandLine, _) -> onFailure(thrown, commandLine))
                .setExitCodeExceptionMapper(_ -> FAILED)
                // A command to run may have such arguments of its own, and java has.
                .setExpandAtFiles(false)
                .setUsageHelpAutoWidth(true);
    }

    /** Without a command: say what there is. */
    @Override
    public void run() {
        throw new UsageError("a command is missing");
    }

    private static int onWrongUse(CommandLine.ParameterException wrong, String[] arguments) {
        CommandLine commandLine = wrong.getCommandLine();
        commandLine.getErr().println("machbed: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, commandLine.getErr());
        commandLine.getErr().println("Try: " + commandLine.getCommandSpec().qualifiedName() + " --help");
        return WRONG_USE;
    }

    private static int onFailure(Exception thrown, CommandLine commandLine) throws Exception {
        if (thrown instanceof UsageError) {
            commandLine.getErr().println("machbed: " + thrown.getMessage());
            commandLine.getErr().println("Try: " + commandLine.getCommandSpec().qualifiedName() + " --help");
            return WRONG_USE;
        }
        if (thrown instanceof RunFailure failure) {
            commandLine.getErr().println("machbed: " + failure.getMessage());
            failure.details().forEach(line -> commandLine.getErr().println("    " + line));
            return FAILED;
        }
        throw thrown;
    }
}
