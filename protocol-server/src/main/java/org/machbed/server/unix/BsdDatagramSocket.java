package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;

/** A datagram socket, whose buffer holds what has come in the mbufs that it came in. Guarded by {@link Spl#NET}. */
final class BsdDatagramSocket extends BsdSocket implements DatagramListener {
    private static final MemorySegment NO_ROOM = MemorySegment.ofArray(new byte[0]);

    private final BsdKernel kernel;
    private final ProtocolInput input;
    final UdpSocket pcb;
    final BufferLock sendBuffer;
    final SocketBuffer receiveBuffer;
    private boolean isClosed;

    BsdDatagramSocket(BsdKernel kernel, ProtocolInput input, UdpSocket pcb) throws SocketLayerException {
        this.kernel = kernel;
        this.input = input;
        this.pcb = pcb;
        sendBuffer = new BufferLock(kernel);
        receiveBuffer = new SocketBuffer(kernel, pcb.option(SocketOptionName.RECEIVE_BUFFER_BYTES));
        pcb.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        pcb.bind(ipv4, port);
    }

    /** Connects; address and port 0 dissolve the association. */
    void connect(int ipv4, int port) throws SocketLayerException {
        if (ipv4 == 0 && port == 0) {
            pcb.disconnect();
        } else {
            pcb.connect(ipv4, port);
        }
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
    boolean isReadable() throws SocketLayerException {
        return !receiveBuffer.isEmpty() || pcb.readable();
    }

    /** A datagram for which there is no room is dropped, so there is nothing to wait for. */
    @Override
    boolean isWritable() {
        return true;
    }

    @Override
    boolean isDrained() {
        return true;
    }

    @Override
    void wantRoom() {
        // There always is.
    }

    @Override
    BufferLock receiveLock() {
        return receiveBuffer;
    }

    @Override
    BufferLock sendLock() {
        return sendBuffer;
    }

    /** The upper end of udp_input: the datagram's mbuf goes to the socket buffer, and whoever waits for it is woken. */
    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        if (receiveBuffer.isFull(length)) {
            kernel.crossings().count(Crossing.FRAMES_DROPPED);
            return true;
        }
        Mbuf data = input.takePacket(memory, offset, length);
        if (data == null || !receiveBuffer.appendAddress(sourceIpv4, sourcePort, data)) {
            kernel.crossings().count(Crossing.FRAMES_DROPPED);
            kernel.mbufs().freePacket(data);
            return true;
        }
        receiveBuffer.wakeup();
        return true;
    }

    @Override
    public void onReadable() {
        // Nothing is ever left to the stack's own queue.
        throw new IllegalStateException("a datagram was queued below the socket buffer");
    }

    @Override
    public void onError(Errno errno) {
        // The control block keeps the error until checkError asks.
        receiveBuffer.wakeup();
    }

    /** Throws the error that the network reported (so_error), once, or EBADF after {@link #close}. */
    void checkError() throws SocketLayerException {
        if (isClosed) {
            throw new SocketLayerException(Errno.EBADF, "the socket was closed");
        }
        pcb.receive(NO_ROOM, 0, 0);
    }

    @Override
    void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        pcb.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            receiveBuffer.reserve(pcb.option(name));
        }
    }

    @Override
    void close(long nowNs) {
        isClosed = true;
        pcb.close();
        receiveBuffer.flush();
        receiveBuffer.wakeup();
    }
}
