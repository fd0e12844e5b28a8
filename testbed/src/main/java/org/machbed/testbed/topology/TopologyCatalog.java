package org.machbed.testbed.topology;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The topologies that come along, in the order in which tables show them. */
public final class TopologyCatalog {
    private static final List<String> NAMES = List.of(
            "in-kernel",
            "server-ipc-vm",
            "server-ipc",
            "server-syscall",
            "server-mapped",
            "server-window",
            "udp-server",
            "udp-server-direct",
            "library",
            "library-newapi",
            "library-mapped",
            "linux");

    private TopologyCatalog() {}

    public static List<String> names() {
        return NAMES;
    }

    public static List<Topology> all() {
        var all = new ArrayList<Topology>();
        for (String name : NAMES) {
            all.add(load(name));
        }
        return all;
    }

    public static Optional<Topology> find(String name) {
        return NAMES.contains(name) ? Optional.of(load(name)) : Optional.empty();
    }

    /** A name of the catalog, or a file of the user's: whatever has a slash or ends in .yaml is a file. */
    public static Topology resolve(String nameOrFile) throws InvalidTopologyException {
        if (nameOrFile.contains("/") || nameOrFile.endsWith(".yaml") || nameOrFile.endsWith(".yml")) {
            return TopologyReader.read(Path.of(nameOrFile));
        }
        return find(nameOrFile)
                .orElseThrow(() -> new InvalidTopologyException(List.of("unknown topology '" + nameOrFile + "'; known: "
                        + String.join(", ", NAMES) + ", or a .yaml file")));
    }

    private static Topology load(String name) {
        String resource = "/org/machbed/testbed/topologies/" + name + ".yaml";
        try (InputStream stream = TopologyCatalog.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            return TopologyReader.parse(name + ".yaml", new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InvalidTopologyException e) {
            throw new IllegalStateException("a topology that comes along is unsound: " + e.getMessage(), e);
        }
    }
}
