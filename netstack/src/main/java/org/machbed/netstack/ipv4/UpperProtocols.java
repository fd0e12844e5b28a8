package org.machbed.netstack.ipv4;

import org.jspecify.annotations.Nullable;

/** The protocols above IPv4 by their numbers. */
public final class UpperProtocols {
    private final @Nullable UpperProtocol[] protocols = new UpperProtocol[256];

    /** Makes {@code upper} what packets of protocol number {@code protocol} go to. */
    public void register(int protocol, UpperProtocol upper) {
        if (protocols[protocol] != null) {
            throw new IllegalStateException("protocol " + protocol + " is registered already");
        }
        protocols[protocol] = upper;
    }

    public @Nullable UpperProtocol of(int protocol) {
        return protocols[protocol & 0xFF];
    }
}
