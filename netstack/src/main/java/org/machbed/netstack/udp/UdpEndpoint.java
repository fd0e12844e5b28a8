package org.machbed.netstack.udp;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ipv4.NetworkError;

/** What datagrams are delivered to: a local address and port, and perhaps a remote one. A socket extends it. */
public abstract class UdpEndpoint {
    /** 0 for any of ours. */
    int localIpv4;

    /** 0 while it receives nothing. */
    int localPort;

    /** 0 while it receives from anybody. */
    int remoteIpv4;

    int remotePort;

    /** Next endpoint of the same hash. */
    @Nullable
    UdpEndpoint next;

    /** 0 for any of ours. */
    public final int localIpv4() {
        return localIpv4;
    }

    /** 0 while it is not bound. */
    public final int localPort() {
        return localPort;
    }

    /** 0 while it is not connected. */
    public final int remoteIpv4() {
        return remoteIpv4;
    }

    public final int remotePort() {
        return remotePort;
    }

    /** Whether others may bind to its address and port that wish so too. */
    protected abstract boolean reuseAddress();

    /** A datagram arrived whose data are valid during the call only. */
    protected abstract void onDatagram(
            MemorySegment memory, long offset, int lengthBytes, int sourceIpv4, int sourcePort);

    /** The network could not deliver a datagram of this endpoint. */
    protected abstract void onError(NetworkError error);
}
