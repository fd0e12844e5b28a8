package org.machbed.netstack.socket;

import org.machbed.netstack.Ipv4Address;

/** The local address and port of one TCP socket, and its place among those that are taken. Nowhere until it is bound. */
final class TcpBinding {
    private final TcpSockets sockets;
    private final TcpSocketOptions options;
    private int ipv4;

    /** 0 while it is not bound; also of a socket that was accepted, whose port is its listener's. */
    private int port;

    private boolean listening;

    TcpBinding(TcpSockets sockets, TcpSocketOptions options) {
        this.sockets = sockets;
        this.options = options;
    }

    int ipv4() {
        return ipv4;
    }

    int port() {
        return port;
    }

    boolean isBound() {
        return port != 0;
    }

    boolean isListening() {
        return listening;
    }

    /** Whether a packet may mean an address that this one and another one both are, 0 being any. */
    boolean overlaps(int otherIpv4) {
        return ipv4 == Ipv4Address.ANY || otherIpv4 == Ipv4Address.ANY || ipv4 == otherIpv4;
    }

    /** Whether another one may have the same port, as far as this one is concerned (SO_REUSEADDR). */
    boolean sharesPort() {
        return options.reuseAddress && !listening;
    }

    /**
     * Takes an address (0 for any) and a port (0 for a free one).
     *
     * @throws SocketLayerException with EADDRNOTAVAIL, EADDRINUSE
     */
    void bind(int wantedIpv4, int wantedPort) throws SocketLayerException {
        if (wantedIpv4 != Ipv4Address.ANY && !sockets.local.isThisHost(wantedIpv4)) {
            throw new SocketLayerException(
                    Errno.EADDRNOTAVAIL, Ipv4Address.format(wantedIpv4) + " is no address of this host");
        }
        if (wantedPort != 0 && sockets.isTaken(wantedIpv4, wantedPort, options.reuseAddress)) {
            throw new SocketLayerException(
                    Errno.EADDRINUSE, Ipv4Address.format(wantedIpv4) + " port " + wantedPort + " is in use");
        }
        occupy(wantedIpv4, wantedPort != 0 ? wantedPort : sockets.ephemeralPort(wantedIpv4));
    }

    /**
     * Sees to a port from which a connection to there can be made, which may be the one that it has.
     *
     * @return the connection's source address, never one that would leave the host though it belongs inside
     * @throws SocketLayerException with EINVAL, EADDRINUSE
     */
    int bindFor(int remoteIpv4, int remotePort, long nowNs) throws SocketLayerException {
        int source = sourceFor(remoteIpv4);
        if (port == 0) {
            occupy(source, sockets.ephemeralPort(source, remoteIpv4, remotePort, nowNs));
        } else if (sockets.tcp.hasConnection(source, port, remoteIpv4, remotePort, nowNs)) {
            throw new SocketLayerException(Errno.EADDRINUSE, "there is such a connection already");
        }
        return source;
    }

    private int sourceFor(int remoteIpv4) throws SocketLayerException {
        if (ipv4 == Ipv4Address.ANY) {
            return sockets.local.sourceFor(remoteIpv4);
        }
        if (Ipv4Address.isLoopback(ipv4) && !sockets.local.isThisHost(remoteIpv4)) {
            throw new SocketLayerException(
                    Errno.EINVAL,
                    "a socket bound to " + Ipv4Address.format(ipv4) + " cannot reach "
                            + Ipv4Address.format(remoteIpv4));
        }
        return ipv4;
    }

    /**
     * Becomes the one that others connect to there.
     *
     * @throws SocketLayerException with EADDRINUSE when another one is already
     */
    void listen() throws SocketLayerException {
        if (sockets.isListened(ipv4, port)) {
            throw new SocketLayerException(Errno.EADDRINUSE, "another socket listens at port " + port);
        }
        listening = true;
    }

    private void occupy(int atIpv4, int atPort) {
        ipv4 = atIpv4;
        port = atPort;
        sockets.bound(this);
    }

    /** Leaves its place to others. */
    void vacate() {
        if (port != 0) {
            sockets.unbound(this);
            port = 0;
            ipv4 = Ipv4Address.ANY;
        }
    }
}
