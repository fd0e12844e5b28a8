package org.machbed.netstack.simulation;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;

/** The application of a host that accepts connections, at its leisure, and hands them to whom they are for. */
final class Server implements StreamListener {
    static final int PORT = 7;
    private static final long MS = 1_000_000L;

    private final World world;
    private final SimulatedHost host;
    private final Dice dice;
    private final int backlog;
    private final long leisureNs;
    private @Nullable TcpSocket socket;
    private boolean turnPlanned;

    Server(World world, SimulatedHost host, Dice dice) {
        this.world = world;
        this.host = host;
        this.dice = dice;
        backlog = dice.pick(0, 1, 4, 16);
        leisureNs = dice.chance(0.7) ? 0 : dice.skewed(2_000 * MS);
    }

    void open(long nowNs) {
        try {
            TcpSocket opened = host.stack().tcp().open();
            opened.setOption(SocketOptionName.REUSE_ADDRESS, 1, nowNs);
            opened.listener(this);
            opened.bind(0, PORT);
            opened.listen(backlog, nowNs);
            socket = opened;
        } catch (SocketLayerException e) {
            throw new Violation(host + " cannot listen: " + e.errno());
        }
    }

    void close(long nowNs) {
        TcpSocket s = socket;
        socket = null;
        if (s != null) {
            world.journal().say(nowNs, host.toString(), "stops to listen");
            s.close(nowNs);
        }
    }

    @Override
    public void onAcceptable() {
        if (!turnPlanned) {
            turnPlanned = true;
            world.schedule().at(world.nowNs() + dice.between(0, leisureNs), this::turn);
        }
    }

    private void turn(long nowNs) {
        turnPlanned = false;
        TcpSocket s = socket;
        if (s == null) {
            return;
        }
        try {
            TcpSocket accepted = s.accept(nowNs);
            if (accepted != null) {
                hand(accepted, nowNs);
                onAcceptable();
            }
        } catch (SocketLayerException e) {
            throw new Violation(host + " cannot accept: " + e.errno());
        }
    }

    private void hand(TcpSocket accepted, long nowNs) throws SocketLayerException {
        long remote = accepted.remoteAddress();
        int peer = world.hostAt(DatagramHeader.ipv4(remote));
        Endpoint endpoint = world.conversations().endpoint(host.number, PORT, peer, DatagramHeader.port(remote));
        if (endpoint == null) {
            throw new Violation(host + " accepts a connection that nobody made");
        }
        if (!endpoint.hasBegun()) {
            endpoint.attach(accepted, nowNs);
            return;
        }
        if (!endpoint.conversation.mayHaunt()) {
            throw new Violation(host + " accepts the connection of " + endpoint + " twice");
        }
        world.journal().say(nowNs, host.toString(), "accepts a ghost");
        accepted.setOption(SocketOptionName.LINGER_SECONDS, 0, nowNs);
        accepted.close(nowNs);
    }

    @Override
    public void onConnected() {
        throw new Violation("a listening socket connects to nobody");
    }

    @Override
    public void onReadable() {
        throw new Violation("nothing can be received from a listening socket");
    }

    @Override
    public void onWritable() {
        throw new Violation("nothing can be sent to a listening socket");
    }

    @Override
    public void onError(Errno errno) {
        throw new Violation("a listening socket fails: " + errno);
    }

    @Override
    public void onHangUp() {
        throw new Violation("a listening socket has nothing to end");
    }
}
