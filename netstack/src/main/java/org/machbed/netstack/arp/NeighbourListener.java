package org.machbed.netstack.arp;

/** Is told what became of {@code NetworkStack.lookUpNeighbour}. Called from within the stack, which must not be called from here. */
public interface NeighbourListener {
    /** The station of an address that was looked up is known. */
    void onNeighbour(int ipv4, long mac);

    /** Nobody answers for an address that was looked up. */
    void onUnreachable(int ipv4);
}
