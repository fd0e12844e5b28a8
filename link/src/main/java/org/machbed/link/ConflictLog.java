package org.machbed.link;

import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.arp.ArpConflictListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs that another station claims our address, for whoever owns a stack, which has no log of its own. A host that claims
 * without end fills no log: one line in an interval says how many claims there were besides. Guarded by the stack's lock.
 */
public final class ConflictLog implements ArpConflictListener {
    /** As often as the address is defended (RFC 5227 section 2.4, DEFEND_INTERVAL). */
    static final long INTERVAL_NS = 10_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(ConflictLog.class);

    private final MacAddress ours;
    private final LogLimit limit = new LogLimit(INTERVAL_NS);

    /** @param ours the station whose address it is */
    public ConflictLog(MacAddress ours) {
        this.ours = ours;
    }

    @Override
    public void onConflict(int ipv4, long claimantMac, long nowNs) {
        int leftOut = limit.admit(nowNs);
        if (leftOut != LogLimit.LEAVE_OUT) {
            LOG.warn(
                    "station {} claims {}, which is the address of {}: two hosts of one address ({} more claims before)",
                    new MacAddress(claimantMac),
                    Ipv4Address.format(ipv4),
                    ours,
                    leftOut);
        }
    }
}
