package org.machbed.netstack.arp;

/**
 * Who knows the stations of neighbours, for a stack that has no ARP of its own: as a library has that may send its sessions' packets
 * only. Its owner asks somebody else and tells the stack by {@code NetworkStack.learnNeighbour} or {@code neighbourUnreachable}.
 */
@FunctionalInterface
public interface NeighbourRequests {
    /**
     * A packet waits for this neighbour's station, or what is known of it has aged. Asked at the rate of ARP requests: no more than
     * once a second for an address, up to three times, for up to 16 addresses at once. Called from within the stack, which must not
     * be called from here: the answer comes later.
     *
     * @param ipv4 an address of the attached network
     */
    void request(int ipv4);
}
