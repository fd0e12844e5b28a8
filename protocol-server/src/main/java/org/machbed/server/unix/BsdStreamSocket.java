package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.TcpSocket;
import org.machbed.netstack.state.StateException;
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

    @Override
    boolean isOver() {
        return !listens && pcb.state() == TcpState.CLOSED;
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

    @Override
    SessionTemplate sessionToLeave(LocalAddresses local, long nowNs) throws SocketLayerException {
        if (listens) {
            throw new SocketLayerException(Errno.EOPNOTSUPP, "a socket that listens stays");
        }
        if (!pcb.isConnected()) {
            throw new SocketLayerException(Errno.ENOTCONN, "the socket is not connected");
        }
        long here = pcb.localAddress();
        long there = pcb.remoteAddress();
        if (local.isThisHost(DatagramHeader.ipv4(there))) {
            throw new SocketLayerException(Errno.EOPNOTSUPP, "a connection within the host stays");
        }
        // Fails as the export would.
        pcb.writeVariables(MemorySegment.ofArray(new byte[TcpSessionState.VARIABLES_BYTES]), 0, nowNs);
        return new SessionTemplate(
                IpProtocol.TCP,
                DatagramHeader.ipv4(here),
                DatagramHeader.port(here),
                DatagramHeader.ipv4(there),
                DatagramHeader.port(there));
    }

    @Override
    byte[] exportSession(long nowNs) throws SocketLayerException {
        return encoded(pcb.exportSession(nowNs));
    }

    @Override
    byte @Nullable [] lastState(@Nullable TcpSessionState recorded, byte @Nullable [] departed) {
        return recorded == null ? departed : encoded(recorded);
    }

    private static byte[] encoded(TcpSessionState state) {
        byte[] encoded = new byte[state.encodedBytes()];
        state.encode(MemorySegment.ofArray(encoded), 0);
        return encoded;
    }

    @Override
    void importSession(MemorySegment state, long nowNs) throws SocketLayerException {
        try {
            pcb.importSession(TcpSessionState.decode(state, 0, state.byteSize()), nowNs);
        } catch (SocketLayerException e) {
            if (e.errno() == Errno.ENOBUFS) {
                throw e;
            }
            throw new StateException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    void forgetSession(long nowNs) {
        pcb.close(nowNs);
    }

    /** What was sent goes on its way to the peer without the socket, or the peer hears a reset: as the protocol has it. */
    @Override
    public void close(long nowNs) {
        watched().leaveAll();
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
        selwakeup();
    }

    /** What was acknowledged has made room, or was the last (sowwakeup). */
    @Override
    public void onWritable() {
        sendBuffer.wakeup();
        selwakeup();
    }

    /** A connection is complete (sorwakeup and wakeup in sonewconn). */
    @Override
    public void onAcceptable() {
        kernel.sleepQueues().wakeup(transition);
        receiveBuffer.wakeup();
        selwakeup();
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

    @Override
    void wakeAll() {
        kernel.sleepQueues().wakeup(transition);
        receiveBuffer.wakeup();
        sendBuffer.wakeup();
        selwakeup();
    }
}
