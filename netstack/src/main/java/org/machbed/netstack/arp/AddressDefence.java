package org.machbed.netstack.arp;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;

/** What becomes of other stations' claims to our address (RFC 5227 section 2.4 (b)): reported, and answered now and then. */
final class AddressDefence {
    /** RFC 5227 section 2.4: DEFEND_INTERVAL, so that two hosts of one address do not flood the wire. */
    static final long INTERVAL_NS = 10_000_000_000L;

    private final StackCounters counters;
    private @Nullable ArpConflictListener listener;
    private boolean defended;

    /** When our address was last announced against a claim; of meaning once {@link #defended}. */
    private long defendedNs;

    AddressDefence(StackCounters counters) {
        this.counters = counters;
    }

    void listener(@Nullable ArpConflictListener listener) {
        this.listener = listener;
    }

    /** Somebody claims our address; answers whether it is time to announce it as ours. */
    boolean onClaim(int ourIpv4, long claimantMac, long nowNs) {
        counters.count(StackCounter.ARP_CONFLICTS);
        counters.count(StackCounter.DROP_ARP_CONFLICT);
        if (listener != null) {
            listener.onConflict(ourIpv4, claimantMac, nowNs);
        }
        if (defended && nowNs - defendedNs < INTERVAL_NS) {
            return false;
        }
        defended = true;
        defendedNs = nowNs;
        return true;
    }
}
