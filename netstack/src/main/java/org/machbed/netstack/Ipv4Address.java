package org.machbed.netstack;

/**
 * IPv4 addresses as 32-bit words in host order: {@code 192.0.2.1} is {@code 0xC0000201}. Special addresses as of RFC 1122
 * section 3.2.1.3.
 */
public final class Ipv4Address {
    /** "This host on this network"; as a bind address: any. */
    public static final int ANY = 0;

    /** Limited broadcast: every host of the directly attached network. */
    public static final int LIMITED_BROADCAST = 0xFFFF_FFFF;

    public static final int LOOPBACK = 0x7F00_0001;

    private Ipv4Address() {}

    /**
     * Reads four decimal octets joined by dots.
     *
     * @throws IllegalArgumentException when {@code text} is anything else
     */
    public static int parse(String text) {
        String[] octets = text.split("\\.", -1);
        int address = 0;
        boolean valid = octets.length == 4;
        for (int i = 0; valid && i < 4; i++) {
            int octet = decimalOctet(octets[i]);
            valid = octet >= 0;
            address = address << 8 | (octet & 0xFF);
        }
        if (!valid) {
            throw new IllegalArgumentException(
                    "not an IPv4 address: \"" + text + "\" (want four octets like 192.0.2.1)");
        }
        return address;
    }

    private static int decimalOctet(String text) {
        if (text.isEmpty() || text.length() > 3 || (text.length() > 1 && text.charAt(0) == '0')) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char digit = text.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            value = value * 10 + (digit - '0');
        }
        return value <= 255 ? value : -1;
    }

    public static String format(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 0xFF) + "." + (address >>> 8 & 0xFF) + "." + (address & 0xFF);
    }

    /** The network mask of a prefix of 0 to 32 bits. */
    public static int mask(int prefixLength) {
        if (prefixLength < 0 || prefixLength > 32) {
            throw new IllegalArgumentException("a prefix has 0 to 32 bits, not " + prefixLength);
        }
        return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
    }

    /** 127.0.0.0/8, which must not appear outside a host. */
    public static boolean isLoopback(int address) {
        return address >>> 24 == 127;
    }

    /** 224.0.0.0/4 (class D). */
    public static boolean isMulticast(int address) {
        return address >>> 28 == 0xE;
    }

    /** 0.0.0.0/8, "this network". */
    public static boolean isThisNetwork(int address) {
        return address >>> 24 == 0;
    }
}
