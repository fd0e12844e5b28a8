package org.machbed.netstack;

/**
 * An Ethernet station address (IEEE 802 MAC-48), its first octet on the wire in bits 47 to 40 of {@code bits}. Hot paths use the
 * bare {@code long}.
 */
public record MacAddress(long bits) {
    /** All 48 bits. */
    public static final long MASK = 0xFFFF_FFFF_FFFFL;

    public static final MacAddress BROADCAST = new MacAddress(MASK);

    /** The individual/group bit: the first bit on the wire, the lowest of the first octet. */
    private static final long GROUP_BIT = 1L << 40;

    public MacAddress {
        if ((bits & ~MASK) != 0) {
            throw new IllegalArgumentException("a MAC address has 48 bits, not 0x" + Long.toHexString(bits));
        }
    }

    /**
     * Reads six pairs of hexadecimal digits joined by colons, as in {@code 02:00:00:00:00:01}.
     *
     * @throws IllegalArgumentException when {@code text} is anything else
     */
    public static MacAddress parse(String text) {
        String[] octets = text.split(":", -1);
        long bits = 0;
        boolean valid = octets.length == 6;
        for (int i = 0; valid && i < 6; i++) {
            int octet = hexadecimalOctet(octets[i]);
            valid = octet >= 0;
            bits = bits << 8 | (octet & 0xFF);
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    "not a MAC address: \"" + text + "\" (want six octets like 02:00:00:00:00:01)");
        }
        return new MacAddress(bits);
    }

    private static int hexadecimalOctet(String text) {
        if (text.length() != 2) {
            return -1;
        }
        int high = Character.digit(text.charAt(0), 16);
        int low = Character.digit(text.charAt(1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    /** Whether frames to it are for several stations (multicast or broadcast). */
    public static boolean isGroup(long bits) {
        return (bits & GROUP_BIT) != 0;
    }

    /** Whether it can name one station: neither a group nor all zeros. */
    public static boolean isStation(long bits) {
        return bits != 0 && !isGroup(bits);
    }

    public boolean isGroup() {
        return isGroup(bits);
    }

    public boolean isBroadcast() {
        return bits == MASK;
    }

    /** Six pairs of lower-case hexadecimal digits joined by colons. */
    public static String format(long bits) {
        StringBuilder text = new StringBuilder(17);
        for (int shift = 40; shift >= 0; shift -= 8) {
            int octet = (int) (bits >>> shift) & 0xFF;
            text.append(Character.forDigit(octet >>> 4, 16)).append(Character.forDigit(octet & 0xF, 16));
            if (shift > 0) {
                text.append(':');
            }
        }
        return text.toString();
    }

    @Override
    public String toString() {
        return format(bits);
    }
}
