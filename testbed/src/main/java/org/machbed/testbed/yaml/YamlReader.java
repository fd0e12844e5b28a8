package org.machbed.testbed.yaml;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads one YAML document into nodes that know their lines. */
public final class YamlReader {
    /** Deeper than any document of ours, and shallow enough that a hostile file cannot exhaust the stack. */
    private static final int MAXIMUM_DEPTH = 32;

    private final String source;
    private final JsonParser parser;

    private YamlReader(String source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    /**
     * Reads the one document of a text.
     *
     * @param source the file's name as complaints should show it
     * @param document its text
     */
    public static YamlNode read(String source, String document) throws YamlException {
        try (JsonParser parser = new YAMLFactory().createParser(document)) {
            var reader = new YamlReader(source, parser);
            if (parser.nextToken() == null) {
                throw new YamlException(source, 1, "the document is empty");
            }
            YamlNode root = reader.node(0);
            if (parser.nextToken() != null) {
                throw new YamlException(source, reader.line(), "a second document; one file holds one");
            }
            return root;
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new YamlException(source, line, "not YAML: " + firstLine(e.getOriginalMessage()));
        } catch (IOException e) {
            throw new YamlException(source, 1, "cannot be read: " + e.getMessage());
        }
    }

    /**
     * Reads a document that comes along in the jar.
     *
     * @param resource its name, beginning with a slash
     */
    public static YamlNode ofResource(String resource) throws YamlException {
        try (InputStream stream = YamlReader.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException(resource + " is not in the jar");
            }
            return read(
                    resource.substring(resource.lastIndexOf('/') + 1),
                    new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private YamlNode node(int depth) throws IOException, YamlException {
        if (depth > MAXIMUM_DEPTH) {
            throw new YamlException(source, line(), "nested deeper than " + MAXIMUM_DEPTH + " levels");
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> mapping(depth);
            case START_ARRAY -> list(depth);
            default -> YamlNode.scalar(source, line(), String.valueOf(parser.getText()));
        };
    }

    private YamlNode mapping(int depth) throws IOException, YamlException {
        int start = line();
        Map<String, YamlNode> entries = new LinkedHashMap<>();
        Map<String, Integer> keyLines = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            int keyLine = line();
            if (entries.containsKey(key)) {
                throw new YamlException(source, keyLine, "key '" + key + "' stands here a second time");
            }
            parser.nextToken();
            entries.put(key, node(depth + 1));
            keyLines.put(key, keyLine);
        }
        return YamlNode.mapping(source, start, entries, keyLines);
    }

    private YamlNode list(int depth) throws IOException, YamlException {
        int start = line();
        var elements = new ArrayList<YamlNode>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(node(depth + 1));
        }
        return YamlNode.list(source, start, elements);
    }

    private int line() {
        return Math.max(1, parser.currentTokenLocation().getLineNr());
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse(message);
    }
}
