package org.machbed.testbed.launch;

/**
 * One of the two hosts.
 *
 * @param address dotted IPv4 address: on this machine in the documentation network 192.0.2.0/24 (RFC 5737), and where the host is
 *     the machine itself, the machine's
 * @param cpu the CPU that all its processes are pinned to: a host of the papers had one processor
 */
public record HostSettings(String name, String mac, String address, int prefixLength, int cpu) {
    /** The host that sends first. */
    public static HostSettings a(Pinning pinning) {
        return new HostSettings("a", "02:00:00:00:00:01", "192.0.2.1", 24, pinning.cpuOfA());
    }

    /** The host that answers. */
    public static HostSettings b(Pinning pinning) {
        return new HostSettings("b", "02:00:00:00:00:02", "192.0.2.2", 24, pinning.cpuOfB());
    }

    public String addressWithPrefix() {
        return address + "/" + prefixLength;
    }

    /** The same host at another address. */
    public HostSettings at(String other) {
        return new HostSettings(name, mac, other, prefixLength, cpu);
    }
}
