package org.machbed.netstack.tcp;

import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TcpPeer;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;

/** A host, a peer, and the connection between them, in the state that a test wants; nothing is left unheard. */
final class TcpFixture {
    static final int PORT = 7;
    static final long MS = 1_000_000L;

    /** So that what a test says of sizes is plain: no options but MSS, NewReno. */
    static final TcpConfiguration PLAIN = TcpConfiguration.DEFAULT.toBuilder()
            .extensions(0)
            .buffers(65_536, 8_192)
            .congestion(org.machbed.netstack.tcp.congestion.CongestionAlgorithm.NEW_RENO)
            .build();

    final Host host;
    TcpPeer peer;

    /** The host's socket; in the passive states, the one that was accepted. */
    TcpSocket socket;

    TcpSocket listening;

    TcpFixture(TcpConfiguration configuration) throws SocketLayerException {
        this(configuration, 1500);
    }

    TcpFixture(TcpConfiguration configuration, int mtuBytes) throws SocketLayerException {
        host = Host.aKnowingB(configuration, mtuBytes);
        host.neighbourAnswers = true;
        peer = new TcpPeer(host, PORT);
        listening = host.stack.tcp().open();
        socket = host.stack.tcp().open();
    }

    static TcpFixture plain() throws SocketLayerException {
        return new TcpFixture(PLAIN);
    }

    TcpFixture listen() throws SocketLayerException {
        listening.bind(0, PORT);
        listening.listen(4, host.nowNs);
        return this;
    }

    TcpFixture synSent() throws SocketLayerException {
        socket.bind(0, PORT);
        socket.connect(Host.IP_B, TcpPeer.PORT, host.nowNs);
        peer.hears("S 0:0(0)");
        return this;
    }

    TcpFixture synReceived() throws SocketLayerException {
        listen();
        peer.sends("S 0:0(0) win 65535 <mss 1460>");
        peer.hears("S. 0:0(0) ack 1");
        return this;
    }

    TcpFixture simultaneous() throws SocketLayerException {
        synSent();
        peer.sends("S 0:0(0) win 65535 <mss 1460>");
        peer.hears("S. 0:0(0) ack 1");
        return this;
    }

    TcpFixture established() throws SocketLayerException {
        return established(65_535);
    }

    /** Established with the window that the peer offers. */
    TcpFixture established(int window) throws SocketLayerException {
        listen();
        peer.sends("S 0:0(0) win " + window + " <mss 1460>");
        peer.hears("S. 0:0(0) ack 1");
        peer.sends(". 1:1(0) ack 1 win " + window);
        return accept();
    }

    TcpFixture accept() throws SocketLayerException {
        peer.hearsNothing();
        TcpSocket accepted = listening.accept(host.nowNs);
        if (accepted == null) {
            throw new AssertionError("nothing to accept");
        }
        socket = accepted;
        return this;
    }

    TcpFixture finWait1() throws SocketLayerException {
        established();
        socket.shutdownSending(host.nowNs);
        peer.hears("F. 1:1(0) ack 1");
        return this;
    }

    TcpFixture finWait2() throws SocketLayerException {
        finWait1();
        peer.sends(". 1:1(0) ack 2");
        peer.hearsNothing();
        return this;
    }

    TcpFixture closeWait() throws SocketLayerException {
        established();
        peer.sends("F. 1:1(0) ack 1");
        peer.hears(". 1:1(0) ack 2");
        return this;
    }

    TcpFixture closing() throws SocketLayerException {
        finWait1();
        peer.sends("F. 1:1(0) ack 1");
        peer.hears(". 2:2(0) ack 2");
        return this;
    }

    TcpFixture lastAck() throws SocketLayerException {
        closeWait();
        socket.shutdownSending(host.nowNs);
        peer.hears("F. 1:1(0) ack 2");
        return this;
    }

    TcpFixture timeWait() throws SocketLayerException {
        finWait2();
        peer.sends("F. 1:1(0) ack 2");
        peer.hears(". 2:2(0) ack 2");
        return this;
    }

    int sends(int relative, int lengthBytes) throws SocketLayerException {
        return host.sendText(socket, relative, lengthBytes);
    }

    int receives(int relative) throws SocketLayerException {
        return host.receiveText(socket, relative, 65_536);
    }
}
