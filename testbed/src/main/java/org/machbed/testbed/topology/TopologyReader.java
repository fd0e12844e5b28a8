package org.machbed.testbed.topology;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.testbed.topology.TopologyRules.Problem;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlNode;
import org.machbed.testbed.yaml.YamlReader;

/** Reads a topology from YAML, refusing unknown keys, missing components and whatever {@link TopologyRules} refuse. */
public final class TopologyReader {
    private static final String[] KEYS = {
        "name", "paper", "stands-for", "structure", "demux-by", "wire", "place", "bind", "options"
    };

    private TopologyReader() {}

    /** Reads a file of a user. */
    public static Topology read(Path file) throws InvalidTopologyException {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new InvalidTopologyException(List.of(file + ": no such file"));
        } catch (MalformedInputException e) {
            throw new InvalidTopologyException(List.of(file + ": not a text file in UTF-8"));
        } catch (IOException e) {
            throw new InvalidTopologyException(List.of(file + ": cannot be read: " + e.getMessage()));
        }
    }

    /**
     * Reads a topology from its text.
     *
     * @param source the file's name as complaints show it
     * @param document its text
     */
    public static Topology parse(String source, String document) throws InvalidTopologyException {
        try {
            YamlNode root = YamlReader.read(source, document).onlyKeys(KEYS);
            Topology topology = topology(source, root);
            List<Problem> problems = TopologyRules.check(topology);
            if (!problems.isEmpty()) {
                throw new InvalidTopologyException(problems.stream()
                        .map(problem -> at(root, problem).getMessage())
                        .toList());
            }
            return topology;
        } catch (YamlException e) {
            throw new InvalidTopologyException(List.of(e.getMessage()));
        }
    }

    private static Topology topology(String source, YamlNode root) throws YamlException {
        String name = root.text("name");
        if (!name.matches("[a-z0-9][a-z0-9-]{0,39}")) {
            throw root.errorAt(
                    "name", "'" + name + "' is not a name: lower-case letters, digits and hyphens, at most 40");
        }
        Map<Component, ProcessKind> places = values(root, "place", Component.class, ProcessKind.class, "process");
        Map<Edge, Binding> bindings = values(root, "bind", Edge.class, Binding.class, "binding");
        return new Topology(
                name,
                source,
                root.text("paper", "none"),
                root.text("stands-for", ""),
                constant(root.get("structure"), Structure.class, "structure"),
                constant(root.get("demux-by"), Demultiplexer.class, "demultiplexer"),
                wire(root.get("wire")),
                places,
                bindings,
                options(root));
    }

    /** A mapping that must name every constant of an enum once. */
    private static <K extends Enum<K> & Named, V extends Enum<V> & Named> Map<K, V> values(
            YamlNode root, String section, Class<K> keys, Class<V> values, String what) throws YamlException {
        YamlNode mapping = root.get(section);
        Map<K, V> result = new EnumMap<>(keys);
        for (String key : mapping.keys()) {
            K constant = Named.find(keys, key)
                    .orElseThrow(
                            () -> mapping.errorAt(key, "unknown key '" + key + "'; known here: " + Named.labels(keys)));
            result.put(constant, constant(mapping.get(key), values, what));
        }
        for (K constant : keys.getEnumConstants()) {
            if (!result.containsKey(constant)) {
                throw root.errorAt(section, section + " says nothing of " + constant.label());
            }
        }
        return result;
    }

    private static WireKind wire(YamlNode node) throws YamlException {
        String text = node.text();
        if (Named.find(Binding.class, text).isPresent()) {
            throw node.error("a wire joins two hosts, and a " + text + " joins what lives on one; wires: "
                    + Named.labels(WireKind.class));
        }
        return constant(node, WireKind.class, "wire");
    }

    private static <V extends Enum<V> & Named> V constant(YamlNode node, Class<V> type, String what)
            throws YamlException {
        String text = node.text();
        return Named.find(type, text)
                .orElseThrow(() -> node.error("unknown " + what + " '" + text + "'; known: " + Named.labels(type)));
    }

    private static Map<TopologyOption, String> options(YamlNode root) throws YamlException {
        Map<TopologyOption, String> options = new EnumMap<>(TopologyOption.class);
        @Nullable YamlNode mapping = root.find("options");
        if (mapping != null) {
            for (String key : mapping.keys()) {
                TopologyOption option = TopologyOption.find(key)
                        .orElseThrow(() -> mapping.errorAt(
                                key, "unknown option '" + key + "'; known: " + Named.labels(TopologyOption.class)));
                options.put(option, mapping.text(key));
            }
        }
        return options;
    }

    private static YamlException at(YamlNode root, Problem problem) {
        try {
            YamlNode section = problem.section().isEmpty() ? root : root.get(problem.section());
            return section.errorAt(problem.key(), problem.reason());
        } catch (YamlException e) {
            return root.error(problem.reason());
        }
    }
}
