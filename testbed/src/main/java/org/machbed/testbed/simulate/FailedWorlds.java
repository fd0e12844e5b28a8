package org.machbed.testbed.simulate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.netstack.simulation.Outcome;
import org.machbed.testbed.launch.RunFailure;

/** Runs what failed once more, for a capture of it. */
public final class FailedWorlds {
    private final Worlds worlds;
    private final Path directory;

    public FailedWorlds(Worlds worlds, Path directory) {
        this.worlds = worlds;
        this.directory = directory;
    }

    /**
     * Writes {@code seed-N.pcapng}.
     *
     * @throws RunFailure when the file cannot be written, or the world is not the same again
     */
    public Path capture(Outcome failed) throws RunFailure {
        Path file = directory.resolve("seed-" + failed.seed() + ".pcapng");
        Outcome again;
        try {
            Files.createDirectories(directory);
            try (WorldCapture capture = new WorldCapture(file)) {
                again = worlds.run(failed.seed(), capture);
            }
        } catch (IOException e) {
            throw new RunFailure("cannot write " + file + ": " + e.getMessage(), e);
        }
        if (again.digest() != failed.digest()) {
            throw new RunFailure("seed " + failed.seed() + " failed: " + failed.violation()
                    + "; but it was another world when it was run again, for " + file);
        }
        return file;
    }

    /** The command that shows it. */
    public static String replayCommand(Outcome failed) {
        return "./machbed simulate --seeds " + failed.seed() + ".." + failed.seed() + " --verbose";
    }
}
