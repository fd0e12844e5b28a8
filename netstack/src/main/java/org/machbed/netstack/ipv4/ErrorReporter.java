package org.machbed.netstack.ipv4;

/** Tells the source of a packet what became of it; ICMP does it. What must not be answered is not (RFC 1122 section 3.2.2). */
public interface ErrorReporter {
    /**
     * Nothing here speaks the packet's protocol.
     *
     * @param offending the packet, of which as much is quoted as an error holds
     * @param group whether it came to several hosts
     */
    void protocolUnreachable(Ipv4Header offending, boolean group, long nowNs);

    /** Nobody here receives at the packet's port. */
    void portUnreachable(Ipv4Header offending, boolean group, long nowNs);

    /**
     * A host cannot make sense of the packet's header.
     *
     * @param pointer the octet of the header that it stumbled over
     */
    void parameterProblem(Ipv4Header offending, int pointer, boolean group, long nowNs);

    /** The first fragment of a datagram whose others did not come in time. */
    void reassemblyTimeExceeded(Ipv4Header offending, boolean group, long nowNs);
}
