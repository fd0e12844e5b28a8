package org.machbed.link.linux;

import java.nio.charset.StandardCharsets;

/**
 * The name of a network interface, as Linux allows it: 1 to 15 bytes without '/', ':' and spaces. No '%' either, which would make
 * the name of a new device a pattern.
 */
public record InterfaceName(String text) implements InterfaceChoice {
    /** IFNAMSIZ of netdevice(7), without the zero byte at the end. */
    private static final int MOST_BYTES = 15;

    public InterfaceName {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0) {
            throw new IllegalArgumentException("an interface needs a name");
        }
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "interface name \"" + text + "\" has " + bytes + " bytes, and Linux allows " + MOST_BYTES);
        }
        boolean forbidden = text.chars().anyMatch(c -> c <= ' ' || c == '/' || c == ':' || c == '%' || c == 0x7f);
        if (forbidden || text.equals(".") || text.equals("..")) {
            throw new IllegalArgumentException(
                    "interface name \"" + text + "\" is none: spaces, '/', ':' and '%' are not allowed");
        }
    }

    /** Itself; whether it is there turns out when it is opened. */
    @Override
    public InterfaceName choose() {
        return this;
    }

    @Override
    public String toString() {
        return text;
    }
}
