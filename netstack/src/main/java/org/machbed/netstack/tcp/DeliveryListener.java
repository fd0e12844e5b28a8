package org.machbed.netstack.tcp;

/** Hears of every segment that an acknowledgment reports for the first time, cumulatively or selectively (RFC 8985 section 6.2). */
interface DeliveryListener {
    /**
     * A segment arrived at the peer.
     *
     * @param endSequence the sequence number after its last one
     * @param sentNs when it went out last
     * @param retransmitted whether that was not the first time
     */
    void onDelivered(int endSequence, long sentNs, boolean retransmitted);
}
