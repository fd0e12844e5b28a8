package org.machbed.testbed.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One node of a YAML document that remembers where it stood, so that every complaint can name file and line.
 *
 * <p>A node is a scalar, a list or a mapping; asking it for another shape is an error of the document, not of the caller.
 */
public final class YamlNode {
    private final String source;
    private final int line;
    private final @Nullable String scalar;
    private final @Nullable List<YamlNode> elements;
    private final @Nullable Map<String, YamlNode> entries;
    private final Map<String, Integer> keyLines;

    private YamlNode(
            String source,
            int line,
            @Nullable String scalar,
            @Nullable List<YamlNode> elements,
            @Nullable Map<String, YamlNode> entries,
            Map<String, Integer> keyLines) {
        this.source = source;
        this.line = line;
        this.scalar = scalar;
        this.elements = elements;
        this.entries = entries;
        this.keyLines = keyLines;
    }

    static YamlNode scalar(String source, int line, String text) {
        return new YamlNode(source, line, text, null, null, Map.of());
    }

    static YamlNode list(String source, int line, List<YamlNode> elements) {
        return new YamlNode(source, line, null, List.copyOf(elements), null, Map.of());
    }

    static YamlNode mapping(String source, int line, Map<String, YamlNode> entries, Map<String, Integer> keyLines) {
        return new YamlNode(source, line, null, null, new LinkedHashMap<>(entries), keyLines);
    }

    /** The line on which this node begins, counted from 1. */
    public int line() {
        return line;
    }

    /** A complaint about this node. */
    public YamlException error(String message) {
        return new YamlException(source, line, message);
    }

    /** A complaint about one key of this mapping. */
    public YamlException errorAt(String key, String message) {
        return new YamlException(source, keyLines.getOrDefault(key, line), message);
    }

    public String text() throws YamlException {
        if (scalar == null) {
            throw error("expected one value here, not a " + (elements != null ? "list" : "mapping"));
        }
        return scalar;
    }

    public double number() throws YamlException {
        try {
            return Double.parseDouble(text());
        } catch (NumberFormatException e) {
            throw error("'" + scalar + "' is not a number");
        }
    }

    public List<YamlNode> elements() throws YamlException {
        if (elements == null) {
            throw error("expected a list here");
        }
        return elements;
    }

    public List<String> texts() throws YamlException {
        var texts = new ArrayList<String>();
        for (YamlNode element : elements()) {
            texts.add(element.text());
        }
        return texts;
    }

    public Set<String> keys() throws YamlException {
        return entries().keySet();
    }

    /** Refuses every key that is not among the known ones, at the line where it stands. */
    public YamlNode onlyKeys(String... known) throws YamlException {
        var names = new TreeSet<>(Set.of(known));
        for (String key : keys()) {
            if (!names.contains(key)) {
                throw errorAt(key, "unknown key '" + key + "'; known here: " + String.join(", ", names));
            }
        }
        return this;
    }

    public YamlNode get(String key) throws YamlException {
        YamlNode value = find(key);
        if (value == null) {
            throw error("missing key '" + key + "'");
        }
        return value;
    }

    public @Nullable YamlNode find(String key) throws YamlException {
        return entries().get(key);
    }

    public String text(String key) throws YamlException {
        return get(key).text();
    }

    public String text(String key, String absent) throws YamlException {
        YamlNode value = find(key);
        return value == null ? absent : value.text();
    }

    public double number(String key) throws YamlException {
        return get(key).number();
    }

    public double number(String key, double absent) throws YamlException {
        YamlNode value = find(key);
        return value == null ? absent : value.number();
    }

    private Map<String, YamlNode> entries() throws YamlException {
        if (entries == null) {
            throw error("expected keys with values here");
        }
        return entries;
    }
}
