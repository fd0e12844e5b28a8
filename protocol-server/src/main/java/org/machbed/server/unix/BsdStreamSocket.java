package org.machbed.server.unix;

import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.tcp.TcpState;

/**
 * A stream socket. What it has to send and what it has received lies in the protocol's own rings (so_snd and so_rcv), which it also
 * retransmits from and reassembles in; the locks of both buffers, and who sleeps for them, are here. Guarded by {@link Spl#NET}.
 */
final class BsdStreamSocket extends BsdSocket implements StreamListener {
    private final BsdKernel kernel;
    final TcpSocket pcb;
    final BufferLock sendBuffer;
    final BufferLock receiveBuffer;

    /** What connect and accept sleep on (so_timeo). */
    final Object transition = new Object();

    private boolean listens;

    BsdStreamSocket(BsdKernel kernel, TcpSocket pcb) throws SocketLayerException {
        this.kernel = kernel;
        this.pcb = pcb;
        sendBuffer = new BufferLock(kernel);
        receiveBuffer = new BufferLock(kernel);
        pcb.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        pcb.bind(ipv4, port);
    }

    void listen(int backlog, long nowNs) throws SocketLayerException {
        pcb.listen(backlog, nowNs);
        listens = true;
    }

    @Override
    boolean isReadable() throws SocketLayerException {
        return listens ? pcb.acceptable() : pcb.readable() || isOver();
    }

    @Override
    boolean isWritable() throws SocketLayerException {
        return !listens && (pcb.writable() || isOver());
    }

    @Override
    boolean isDrained() throws SocketLayerException {
        return !listens && (pcb.unacknowledgedBytes() == 0 || isOver());
    }

    @Override
    void wantRoom() throws SocketLayerException {
        if (pcb.isConnected()) {
            pcb.wantRoom();
        }
    }

    @Override
    BufferLock receiveLock() {
        return receiveBuffer;
    }

    @Override
    BufferLock sendLock() {
        return sendBuffer;
    }

    private boolean isOver() {
        return pcb.state() == TcpState.CLOSED;
    }

    @Override
    long localAddress() throws SocketLayerException {
        return pcb.localAddress();
    }

    @Override
    int option(SocketOptionName name) throws SocketLayerException {
        return pcb.option(name);
    }

    @Override
    void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        pcb.setOption(name, value, nowNs);
    }

    /** What was sent goes on its way to the peer without the socket, or the peer hears a reset: as the protocol has it. */
    @Override
    void close(long nowNs) {
        pcb.close(nowNs);
        wakeAll();
    }

    /** The connection stands (soisconnected). */
    @Override
    public void onConnected() {
        wakeAll();
    }

    /** Data or the end of the stream has come (sorwakeup). */
    @Override
    public void onReadable() {
        receiveBuffer.wakeup();
    }

    /** What was acknowledged has made room, or was the last (sowwakeup). */
    @Override
    public void onWritable() {
        sendBuffer.wakeup();
    }

    /** A connection is complete (sorwakeup and wakeup in sonewconn). */
    @Override
    public void onAcceptable() {
        kernel.sleepQueues().wakeup(transition);
        receiveBuffer.wakeup();
    }

    /** The control block keeps the error (so_error) until the next call asks. */
    @Override
    public void onError(Errno errno) {
        wakeAll();
    }

    /** No more comes or goes (soisdisconnected). */
    @Override
    public void onHangUp() {
        wakeAll();
    }

    /** Whoever sleeps on this socket looks at it again. */
    void wakeAll() {
        kernel.sleepQueues().wakeup(transition);
        receiveBuffer.wakeup();
        sendBuffer.wakeup();
    }
}
