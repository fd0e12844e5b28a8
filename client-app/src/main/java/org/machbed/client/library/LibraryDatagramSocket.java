package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.client.lending.Loan;
import org.machbed.client.lending.OwnMemory;
import org.machbed.link.LinkEnd;
import org.machbed.link.datagram.KeptDatagrams;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.Readiness;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.UdpSocket;

/**
 * A datagram socket. A datagram that the thread which waits for it has taken from the link itself is copied straight to where it wants
 * it; any other stays in the link's memory until it is received, so that it costs the same one copy. Only what lies elsewhere (put
 * together from fragments, or from this host) or finds nothing to stay in is copied into the stack's queue first.
 *
 * <p>Guarded by the library's lock.
 */
final class LibraryDatagramSocket extends LibrarySocket implements DatagramListener {
    /** A UDP datagram's data at most. */
    private static final int LARGEST_BYTES = 65_507;

    private final UdpSocket socket;
    private final BufferSegment source = new BufferSegment();
    private final BufferSegment target = new BufferSegment();
    private int lastLengthBytes;

    /** What came first; while the stack's queue holds any, what comes is appended there. */
    private final KeptDatagrams kept;

    private int inStackQueue;

    /** What the stack's queue holds, counted as {@link KeptDatagrams#recordBytes} does. */
    private long queuedBytes;

    /** What came with a migration, before all else. */
    private final ArrayDeque<ArrivedDatagram> arrived = new ArrayDeque<>(0);

    private @Nullable Errno arrivedError;

    /** What both may hold together. */
    private int limitBytes;

    LibraryDatagramSocket(UdpSocket socket, LibraryHost host, KeptDatagrams kept) throws SocketLayerException {
        super(host);
        this.socket = socket;
        this.kept = kept;
        limitBytes = socket.option(SocketOptionName.RECEIVE_BUFFER_BYTES);
        socket.listener(this);
    }

    @Override
    void bind(int ipv4, int port) throws SocketLayerException {
        socket.bind(ipv4, port);
    }

    void connect(int ipv4, int port) throws SocketLayerException {
        socket.connect(ipv4, port);
    }

    void disconnect() throws SocketLayerException {
        socket.disconnect();
    }

    @Override
    long localAddress() throws SocketLayerException {
        return socket.localAddress();
    }

    @Override
    int option(SocketOptionName name) throws SocketLayerException {
        return socket.option(name);
    }

    @Override
    void setOption(SocketOptionName name, int value) throws SocketLayerException {
        socket.setOption(name, value);
        if (name == SocketOptionName.RECEIVE_BUFFER_BYTES) {
            limitBytes = socket.option(name);
        }
    }

    /** A datagram for which there is no room is dropped, so there is nothing to wait for. */
    @Override
    int readiness(int interests) throws SocketLayerException {
        boolean readable =
                socket.readable() || kept.header() != DatagramHeader.NONE || !arrived.isEmpty() || arrivedError != null;
        return Readiness.WRITABLE | Readiness.DRAINED | (readable ? Readiness.READABLE : 0);
    }

    int send(ByteBuffer datagram, int ipv4, int port) throws SocketLayerException {
        int lengthBytes = datagram.remaining();
        int sent = socket.send(source.of(datagram), datagram.position(), lengthBytes, ipv4, port, host.nowNs());
        host.crossings().copy(sent);
        return sent;
    }

    /** The {@link DatagramHeader} of what was received, or {@link DatagramHeader#NONE} when nothing is there and it may not wait. */
    long receive(ByteBuffer buffer, boolean wait) throws SocketLayerException {
        MemorySegment memory = target.of(buffer);
        int offset = buffer.position();
        int room = buffer.remaining();
        long header = receive(memory, offset, room);
        if (header != DatagramHeader.NONE) {
            return header;
        }
        if (!wait) {
            host.look();
            return receive(memory, offset, room);
        }
        Waiter waiter = waiting.add(Readiness.READABLE);
        try {
            waiter.wantDatagram(memory, offset, room);
            do {
                boolean _ = host.await(waiter, LinkEnd.FOREVER);
                header = waiter.datagramHeader();
                if (header == DatagramHeader.NONE) {
                    header = receive(memory, offset, room);
                }
            } while (header == DatagramHeader.NONE);
            return header;
        } finally {
            waiting.remove(waiter);
        }
    }

    /** The oldest datagram where it lies; {@code null} when nothing is there and it may not wait. */
    @Nullable
    Loan lend(boolean wait) throws SocketLayerException {
        return until(Readiness.READABLE, wait, this::lendNow);
    }

    private @Nullable Loan lendNow() throws SocketLayerException {
        requireNoError();
        ArrivedDatagram first = arrived.poll();
        if (first != null) {
            return OwnMemory.copyOf(MemorySegment.ofArray(first.data()), first.header());
        }
        long header = kept.header();
        if (header != DatagramHeader.NONE && kept.isInFrame() && !host.link().recalls()) {
            host.lent().requireRoom();
            MemorySegment data = kept.data();
            LentFrame frame = new LentFrame(host, kept.release(), data, header);
            host.lent().lend();
            return frame;
        }
        header = header == DatagramHeader.NONE ? socket.nextHeader() : header;
        if (header == DatagramHeader.NONE) {
            return null;
        }
        int lengthBytes = DatagramHeader.lengthBytes(header);
        OwnMemory copy = OwnMemory.ofRoom(lengthBytes, header);
        long _ = receiveOwn(copy.memory(), 0, lengthBytes);
        return copy;
    }

    /** Sends what was composed in a frame of the link, or elsewhere. */
    void send(Loan room, int bytes, int ipv4, int port) throws SocketLayerException {
        if (!(room instanceof LentRoom own)) {
            int _ = socket.send(room.memory(), 0, bytes, ipv4, port, host.nowNs());
            host.crossings().copy(bytes);
        } else if (!socket.sendComposed(own.take(), bytes, ipv4, port, host.nowNs())) {
            host.crossings().copy(bytes);
        }
    }

    private long receive(MemorySegment memory, long offset, int room) throws SocketLayerException {
        requireNoError();
        ArrivedDatagram first = arrived.poll();
        if (first != null) {
            return first.copyTo(memory, offset, room);
        }
        return receiveOwn(memory, offset, room);
    }

    private void requireNoError() throws SocketLayerException {
        Errno pending = takeError();
        if (pending != null) {
            throw new SocketLayerException(pending, "the network reported it before");
        }
    }

    /** What the network reported since the last call. */
    @Nullable
    Errno takeError() {
        Errno before = arrivedError;
        arrivedError = null;
        return before == null ? socket.takeError() : before;
    }

    private long receiveOwn(MemorySegment memory, long offset, int room) throws SocketLayerException {
        long header = kept.header();
        if (header != DatagramHeader.NONE) {
            kept.take(memory, offset, Math.min(DatagramHeader.lengthBytes(header), room));
        } else {
            header = socket.receive(memory, offset, room);
            if (header == DatagramHeader.NONE) {
                return DatagramHeader.NONE;
            }
            inStackQueue--;
            queuedBytes -= KeptDatagrams.recordBytes(DatagramHeader.lengthBytes(header));
        }
        host.crossings().copy(Math.min(DatagramHeader.lengthBytes(header), room));
        return header;
    }

    /** It came from elsewhere, with datagrams that were not received there and what the network has reported. */
    void arrive(List<ArrivedDatagram> datagrams, @Nullable Errno error) {
        arrived.addAll(datagrams);
        arrivedError = error;
        changed();
    }

    /** Takes the oldest datagram for elsewhere; {@code null} when none is left. */
    @Nullable
    ArrivedDatagram takeAway() throws SocketLayerException {
        ArrivedDatagram first = arrived.poll();
        if (first != null) {
            return first;
        }
        long next = kept.header();
        byte[] room = new byte[next == DatagramHeader.NONE ? LARGEST_BYTES : DatagramHeader.lengthBytes(next)];
        long header = receiveOwn(MemorySegment.ofArray(room), 0, room.length);
        return header == DatagramHeader.NONE ? null : ArrivedDatagram.of(header, room);
    }

    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        long header = DatagramHeader.pack(sourceIpv4, sourcePort, length);
        Waiter taker = arrived.isEmpty() ? waiting.taker() : null;
        if (taker != null && inStackQueue == 0 && kept.header() == DatagramHeader.NONE) {
            host.crossings().copy(taker.takeDatagram(memory, offset, header));
            host.signal(taker);
            return true;
        }
        if (kept.heldBytes() + queuedBytes + KeptDatagrams.recordBytes(length) > limitBytes) {
            host.stack().counters().count(StackCounter.DROP_UDP_QUEUE_FULL);
            return true;
        }
        if (inStackQueue == 0 && kept.offer(header, memory, offset)) {
            changed();
            return true;
        }
        lastLengthBytes = length;
        return false;
    }

    @Override
    public void onReadable() {
        inStackQueue++;
        queuedBytes += KeptDatagrams.recordBytes(lastLengthBytes);
        host.crossings().copy(lastLengthBytes);
        changed();
    }

    @Override
    public void onError(Errno errno) {
        changed();
    }

    @Override
    void closeInStack() {
        kept.clear();
        source.forget();
        target.forget();
        socket.close();
    }
}
