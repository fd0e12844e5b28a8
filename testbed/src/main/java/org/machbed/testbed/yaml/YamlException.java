package org.machbed.testbed.yaml;

/** A YAML document that is not what it should be; the message names the file, the line and what is wrong. */
public final class YamlException extends Exception {
    private static final long serialVersionUID = 1L;

    public YamlException(String source, int line, String message) {
        super(source + ":" + line + ": " + message);
    }
}
