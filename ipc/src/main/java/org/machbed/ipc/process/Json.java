package org.machbed.ipc.process;

/** Writes one flat or nested JSON object on one line, for replies of processes; the testbed reads them with a real parser. */
public final class Json {
    private final StringBuilder text = new StringBuilder();

    private Json() {}

    /** Starts an object. */
    public static Json object() {
        Json json = new Json();
        json.text.append('{');
        return json;
    }

    public Json put(String name, long value) {
        name(name);
        text.append(value);
        return this;
    }

    /**
     * Adds a number.
     *
     * @throws IllegalArgumentException when it is not finite, which JSON cannot say
     */
    public Json put(String name, double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(name + " is " + value);
        }
        name(name);
        text.append(value);
        return this;
    }

    public Json put(String name, boolean value) {
        name(name);
        text.append(value);
        return this;
    }

    public Json put(String name, String value) {
        name(name);
        quote(value);
        return this;
    }

    /** Adds an object within, which must be complete and is not changed afterwards. */
    public Json put(String name, Json value) {
        name(name);
        text.append(value);
        return this;
    }

    private void name(String name) {
        if (text.length() > 1) {
            text.append(',');
        }
        quote(name);
        text.append(':');
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || c == '\u2028' || c == '\u2029' || Character.isSurrogate(c)) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }

    /** The object as text, closed; more may still be put. */
    @Override
    public String toString() {
        return text + "}";
    }
}
