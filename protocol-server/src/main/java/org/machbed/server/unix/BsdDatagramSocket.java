package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.socket.UdpSocket;
import org.machbed.netstack.state.StateException;
import org.machbed.proto.bsd.DatagramSession;
import org.machbed.server.SocketMessages;

/** A datagram socket, whose buffer holds what has come in the mbufs that it came in. Guarded by {@link Spl#NET}. */
final class BsdDatagramSocket extends BsdSocket implements DatagramListener {
    private static final List<SocketOptionName> CARRIED_OPTIONS = List.of(
            SocketOptionName.RECEIVE_BUFFER_BYTES,
            SocketOptionName.SEND_BUFFER_BYTES,
            SocketOptionName.BROADCAST,
            SocketOptionName.REUSE_ADDRESS,
            SocketOptionName.TYPE_OF_SERVICE);

    private static final MemorySegment NO_ROOM = MemorySegment.ofArray(new byte[0]);

    private final BsdKernel kernel;
    private final ProtocolInput input;
    final UdpSocket pcb;
    final BufferLock sendBuffer;
    final SocketBuffer receiveBuffer;
    private boolean isClosed;

    /** What the network reported to the client that had the session, and no call has said. */
    private @Nullable Errno returnedError;

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
    boolean isOver() {
        return false;
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

    /**
     * The upper end of udp_input: the datagram's mbuf goes to the socket buffer, and whoever waits for it is woken. While the
     * session is in the client, only what the kernel does not take for its comes here, broadcasts and what the host sends itself: nobody
     * could receive it.
     */
    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        AwaySession session = away();
        if (receiveBuffer.isFull(length) || (session != null && !session.isReturning())) {
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
        selwakeup();
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
        selwakeup();
    }

    /** Throws the error that the network reported (so_error), once, or EBADF after {@link #close}. */
    void checkError() throws SocketLayerException {
        if (isClosed) {
            throw new SocketLayerException(Errno.EBADF, "the socket was closed");
        }
        Errno returned = returnedError;
        if (returned != null) {
            returnedError = null;
            throw new SocketLayerException(returned, "the network reported it to the client");
        }
        pcb.receive(NO_ROOM, 0, 0);
    }

    @Override
    SessionTemplate sessionToLeave(LocalAddresses local, long nowNs) throws SocketLayerException {
        int port = pcb.localPort();
        if (port == 0) {
            throw new SocketLayerException(Errno.EINVAL, "the socket is not bound");
        }
        int ipv4 = pcb.localIpv4() == 0 ? local.ours() : pcb.localIpv4();
        if (!local.isOurs(ipv4) || (pcb.remoteIpv4() != 0 && local.isThisHost(pcb.remoteIpv4()))) {
            throw new SocketLayerException(
                    Errno.EOPNOTSUPP, "a socket for datagrams within the host, or for broadcasts alone, stays");
        }
        return new SessionTemplate(IpProtocol.UDP, ipv4, port, pcb.remoteIpv4(), pcb.remotePort());
    }

    /** What lies in the socket buffer goes along, with its senders. */
    @Override
    byte[] exportSession(long nowNs) throws SocketLayerException {
        DatagramSession.Builder session = addresses();
        for (SocketOptionName option : CARRIED_OPTIONS) {
            session.addOptionsBuilder().setNumber(option.number()).setValue(pcb.option(option));
        }
        Errno error = returnedError == null ? pcb.takeError() : returnedError;
        returnedError = null;
        session.setError(error == null ? 0 : error.number());
        for (Mbuf name = receiveBuffer.remove(); name != null; name = receiveBuffer.remove()) {
            Mbuf data = name.next;
            if (data != null) {
                ByteBuffer bytes =
                        data.memory.asSlice(data.offset, data.lengthBytes).asByteBuffer();
                kernel.crossings().copy(data.lengthBytes);
                session.addDatagramsBuilder()
                        .setIpv4(name.ipv4)
                        .setPort(name.port)
                        .setData(ByteString.copyFrom(bytes));
            }
            kernel.mbufs().freePacket(name);
        }
        return session.build().toByteArray();
    }

    @Override
    void importSession(MemorySegment state, long nowNs) throws SocketLayerException {
        DatagramSession session;
        try {
            session = DatagramSession.parseFrom(state.asByteBuffer());
        } catch (InvalidProtocolBufferException e) {
            throw new StateException("no datagram socket's session: " + e.getMessage());
        }
        check(session);
        for (DatagramSession.Option option : session.getOptionsList()) {
            importOption(option, nowNs);
        }
        returnedError = session.getError() == 0 ? null : error(session.getError());
        session.getDatagramsList().forEach(this::append);
    }

    private void check(DatagramSession session) {
        boolean isOurs = session.getLocalIpv4() == pcb.localIpv4()
                && session.getLocalPort() == pcb.localPort()
                && session.getRemoteIpv4() == pcb.remoteIpv4()
                && session.getRemotePort() == pcb.remotePort();
        if (!isOurs) {
            throw new StateException("a session of other addresses than the socket's");
        }
        for (DatagramSession.Datagram datagram : session.getDatagramsList()) {
            boolean makesSense = datagram.getIpv4() != 0
                    && datagram.getPort() >= 0
                    && datagram.getPort() <= 0xFFFF
                    && datagram.getData().size() <= SocketMessages.MAX_DATAGRAM_BYTES;
            if (!makesSense) {
                throw new StateException("a datagram that nobody can have sent");
            }
        }
    }

    private void importOption(DatagramSession.Option option, long nowNs) {
        try {
            setOption(SocketOptionName.of(option.getNumber()), option.getValue(), nowNs);
        } catch (SocketLayerException e) {
            throw new StateException("a socket that has " + e.getMessage());
        }
    }

    private static Errno error(int number) {
        try {
            return Errno.of(number);
        } catch (IllegalArgumentException e) {
            throw new StateException(String.valueOf(e.getMessage()));
        }
    }

    private void append(DatagramSession.Datagram datagram) {
        MemorySegment bytes = SocketMessages.memory(datagram.getData());
        onDatagram(bytes, 0, datagram.getData().size(), datagram.getIpv4(), datagram.getPort());
    }

    /** What the client had not received is lost with it, as its own memory is. */
    @Override
    byte[] lastState(@Nullable TcpSessionState recorded, byte @Nullable [] departed) {
        return addresses().build().toByteArray();
    }

    private DatagramSession.Builder addresses() {
        return DatagramSession.newBuilder()
                .setLocalIpv4(pcb.localIpv4())
                .setLocalPort(pcb.localPort())
                .setRemoteIpv4(pcb.remoteIpv4())
                .setRemotePort(pcb.remotePort());
    }

    @Override
    void forgetSession(long nowNs) {
        pcb.close();
        receiveBuffer.flush();
    }

    @Override
    void wakeAll() {
        receiveBuffer.wakeup();
        sendBuffer.wakeup();
        selwakeup();
    }

    @Override
    void setOption(SocketOptionName name, int value, long nowNs) throws SocketLayerException {
        pcb.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            receiveBuffer.reserve(pcb.option(name));
        }
    }

    @Override
    public void close(long nowNs) {
        watched().leaveAll();
        isClosed = true;
        pcb.close();
        receiveBuffer.flush();
        receiveBuffer.wakeup();
    }
}
