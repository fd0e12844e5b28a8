package org.machbed.netstack.arp;

/** Is told when another station claims our address; the stack has no log of its own. */
@FunctionalInterface
public interface ArpConflictListener {
    /**
     * Somebody claimed our address; the claim was not believed.
     *
     * @param ipv4 our address, in host order
     * @param claimantMac the station, as {@link org.machbed.netstack.MacAddress#bits}
     */
    void onConflict(int ipv4, long claimantMac, long nowNs);
}
