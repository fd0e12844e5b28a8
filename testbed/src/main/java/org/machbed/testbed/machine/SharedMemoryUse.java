package org.machbed.testbed.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How much memory the files of a host take. Queue files are sparse, so their lengths do not tell and the blocks must be asked
 * for, which Java cannot: du can.
 */
public final class SharedMemoryUse {
    private SharedMemoryUse() {}

    /** Bytes taken below each directory. */
    public static Map<Path, Long> bytes(List<Path> directories) throws IOException {
        var command = new ArrayList<String>(List.of("du", "-s", "-k", "--"));
        directories.forEach(directory -> command.add(directory.toString()));
        // Files vanish while du looks, which it complains of; what it counted still holds.
        Process du = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        du.getOutputStream().close();
        String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var bytes = new LinkedHashMap<Path, Long>();
        for (String line : output.lines().toList()) {
            int tab = line.indexOf('\t');
            if (tab > 0) {
                bytes.put(Path.of(line.substring(tab + 1)), Long.parseLong(line.substring(0, tab)) * 1024);
            }
        }
        return bytes;
    }
}
