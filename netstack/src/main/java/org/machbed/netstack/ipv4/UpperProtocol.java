package org.machbed.netstack.ipv4;

/** What lies above IPv4 and is found by protocol number. */
public interface UpperProtocol {
    /**
     * A whole datagram for this host.
     *
     * @param packet valid during the call only
     * @param group whether it came to several hosts, by its IPv4 or its link address: no error may answer it
     */
    void onPacket(Ipv4Header packet, boolean group, long nowNs);

    /**
     * The network reports that a packet of ours did not arrive (RFC 1122 section 3.2.2: passed on to the protocol that sent it).
     *
     * @param quoted our packet's header and at least the first 8 octets of its data, valid during the call only
     * @return whether anybody here can have sent that packet
     */
    boolean onError(Ipv4Header quoted, NetworkError error, long nowNs);

    /**
     * The path MTU became smaller than a packet of ours, which {@link #onError} said it had sent and which is lost (RFC 1191
     * section 6.4).
     *
     * @param quoted as for {@link #onError}
     */
    default void onPathMtu(Ipv4Header quoted, long nowNs) {}
}
