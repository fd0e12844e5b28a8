package org.machbed.netstack;

/** An IPv4 address and how many bits of it name the network: {@code 192.0.2.1/24}. */
public record HostAddress(int ipv4, int prefixLength) {
    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException when {@code text} is none
     */
    public static HostAddress parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,2}")) {
            throw new IllegalArgumentException("not of the form 192.0.2.1/24");
        }
        int prefixLength = Integer.parseInt(text.substring(slash + 1));
        if (prefixLength > 32) {
            throw new IllegalArgumentException("a prefix of " + prefixLength + " bits is longer than an address");
        }
        return new HostAddress(Ipv4Address.parse(text.substring(0, slash)), prefixLength);
    }
}
