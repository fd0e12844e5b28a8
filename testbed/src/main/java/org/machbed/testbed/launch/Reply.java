package org.machbed.testbed.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * One line that a process answered.
 *
 * @param keyword its first word
 * @param rest what follows it, usually JSON
 */
public record Reply(String keyword, String rest) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Reply parse(String line) {
        int space = line.indexOf(' ');
        return space < 0 ? new Reply(line, "") : new Reply(line.substring(0, space), line.substring(space + 1));
    }

    /** The JSON that follows the keyword. */
    public JsonNode json() throws RunFailure {
        try {
            return JSON.readTree(rest.isBlank() ? "{}" : rest);
        } catch (JsonProcessingException e) {
            throw new RunFailure("a process answered " + keyword + " with what is not JSON: " + rest, e);
        }
    }
}
