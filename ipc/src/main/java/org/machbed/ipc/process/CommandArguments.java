package org.machbed.ipc.process;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The {@code key=value} words of a command. Every key must be asked for before {@link #requireNoOthers}, so that a misspelt
 * one is an error. Not thread-safe.
 */
public final class CommandArguments {
    private final Map<String, String> left = new LinkedHashMap<>();

    private CommandArguments() {}

    /**
     * Reads words apart.
     *
     * @throws UsageException when a word is not of the form key=value
     */
    public static CommandArguments parse(String line) {
        CommandArguments arguments = new CommandArguments();
        for (String word : line.strip().split("\\s+", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            int equals = word.indexOf('=');
            if (equals <= 0 || arguments.left.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
                throw new UsageException("\"" + word + "\" is not of the form key=value, or its key is given twice");
            }
        }
        return arguments;
    }

    public Optional<String> optional(String key) {
        return Optional.ofNullable(left.remove(key));
    }

    /** The value of a key that must be there. */
    public String required(String key) {
        return optional(key).orElseThrow(() -> new UsageException(key + " is missing"));
    }

    public long requiredLong(String key) {
        return number(key, required(key), Long.MIN_VALUE, Long.MAX_VALUE);
    }

    public int optionalInt(String key, int otherwise) {
        return optional(key)
                .map(text -> (int) number(key, text, Integer.MIN_VALUE, Integer.MAX_VALUE))
                .orElse(otherwise);
    }

    public long optionalLong(String key, long otherwise) {
        return optional(key)
                .map(text -> number(key, text, Long.MIN_VALUE, Long.MAX_VALUE))
                .orElse(otherwise);
    }

    /** Refuses keys that nobody asked for. */
    public void requireNoOthers() {
        if (!left.isEmpty()) {
            throw new UsageException(
                    "there is no key " + left.keySet().iterator().next());
        }
    }

    private static long number(String key, String text, long least, long most) {
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, with the key.
        }
        throw new UsageException(key + " is \"" + text + "\", which is no whole number from " + least + " to " + most);
    }
}
