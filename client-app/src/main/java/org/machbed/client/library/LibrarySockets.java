package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.link.datagram.KeptDatagrams;
import org.machbed.link.datagram.LoanKeepers;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;

/** The application's sockets and sets of them, by descriptor. Guarded by the library's lock. */
final class LibrarySockets {
    /** Sockets of both kinds. */
    static final int CAPACITY = 4_096;

    /** Sets: each costs a socket that is in all of them a step an event. */
    static final int SETS = 64;

    /** Memory for datagrams in frames that the link wants back before they are received: what the stack's own queues have. */
    private static final int RECALLED_BYTES = 16 << 20;

    private final LibraryHost host;
    private final DescriptorTable<LibrarySocket> sockets = new DescriptorTable<>(CAPACITY);
    private final DescriptorTable<LibraryReadinessSet> sets = new DescriptorTable<>(SETS);
    private final LoanKeepers keepers = new LoanKeepers();
    private final MemoryBudget recalledMemory = new MemoryBudget(RECALLED_BYTES);
    private final MemorySegment octet = MemorySegment.ofArray(new byte[1]);

    LibrarySockets(LibraryHost host) {
        this.host = host;
    }

    /** Memory for a byte on its way. */
    MemorySegment octet() {
        return octet;
    }

    int openDatagram() throws SocketLayerException {
        checkRoom();
        return sockets.add(unnamedDatagram());
    }

    int openStream() throws SocketLayerException {
        checkRoom();
        return add(host.stack().tcp().open());
    }

    /** Gives a new stream socket a descriptor, after {@link #checkRoom}. */
    int add(TcpSocket socket) throws SocketLayerException {
        return sockets.add(new LibraryStreamSocket(socket, this, host));
    }

    void checkRoom() throws SocketLayerException {
        if (sockets.size() == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " sockets are open");
        }
    }

    int openSet() throws SocketLayerException {
        if (sets.size() == SETS) {
            throw new SocketLayerException(Errno.EMFILE, "all " + SETS + " sets of sockets are open");
        }
        return sets.add(new LibraryReadinessSet(host));
    }

    /** Opens a socket of a session under a descriptor that is known elsewhere too. */
    LibraryDatagramSocket openDatagram(int descriptor) throws SocketLayerException {
        LibraryDatagramSocket socket = unnamedDatagram();
        try {
            put(descriptor, socket);
        } catch (SocketLayerException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    /** A socket that has no descriptor; whoever asks closes it. */
    LibraryDatagramSocket unnamedDatagram() throws SocketLayerException {
        var kept = new KeptDatagrams(host.link(), keepers, recalledMemory);
        return new LibraryDatagramSocket(host.stack().udp().open(), host, kept);
    }

    /** Gives a connection that came from elsewhere the descriptor that it has there; the connection stays open where that fails. */
    void put(int descriptor, TcpSocket connection) throws SocketLayerException {
        put(descriptor, new LibraryStreamSocket(connection, this, host));
    }

    private void put(int descriptor, LibrarySocket socket) throws SocketLayerException {
        if (!sockets.put(descriptor, socket)) {
            throw new SocketLayerException(Errno.EALREADY, "descriptor " + descriptor + " is in use here");
        }
    }

    LibrarySocket get(int descriptor) throws SocketLayerException {
        return open(sockets.get(descriptor), descriptor);
    }

    LibraryDatagramSocket datagrams(int descriptor) throws SocketLayerException {
        if (get(descriptor) instanceof LibraryDatagramSocket socket) {
            return socket;
        }
        throw new SocketLayerException(Errno.EOPNOTSUPP, "descriptor " + descriptor + " is no datagram socket");
    }

    LibraryStreamSocket stream(int descriptor) throws SocketLayerException {
        if (get(descriptor) instanceof LibraryStreamSocket socket) {
            return socket;
        }
        throw new SocketLayerException(Errno.EOPNOTSUPP, "descriptor " + descriptor + " is no stream socket");
    }

    LibraryReadinessSet set(int descriptor) throws SocketLayerException {
        return open(sets.get(descriptor), descriptor);
    }

    private static <T> T open(@Nullable T found, int descriptor) throws SocketLayerException {
        if (found == null) {
            throw new SocketLayerException(Errno.EBADF, "descriptor " + descriptor + " is not open");
        }
        return found;
    }

    /** Closes a socket; a descriptor that names none is ignored. */
    void close(int descriptor) {
        LibrarySocket socket = sockets.remove(descriptor);
        if (socket != null) {
            socket.close();
        }
    }

    /** Closes a set; a descriptor that names none is ignored. */
    void closeSet(int descriptor) {
        LibraryReadinessSet set = sets.remove(descriptor);
        if (set != null) {
            set.close();
        }
    }

    /** Closes what is open; sockets first, since each leaves all its sets at once. */
    void closeAll() {
        for (int descriptor : sockets.all()) {
            close(descriptor);
        }
        for (int descriptor : sets.all()) {
            closeSet(descriptor);
        }
    }

    /** The link takes back the frame of a loan, which a datagram may still be in. */
    void recall(long loan) {
        KeptDatagrams keeper = keepers.keeper(loan);
        if (keeper == null) {
            return;
        }
        int lengthBytes = keeper.recall(loan);
        if (lengthBytes == KeptDatagrams.LOST) {
            host.stack().counters().count(StackCounter.DROP_UDP_MEMORY_FULL);
        } else {
            host.crossings().copy(lengthBytes);
        }
    }

    /** Bytes of datagrams whose frames the link took back. */
    long recalledBytes() {
        return recalledMemory.reservedBytes();
    }

    int openSets() {
        return sets.size();
    }
}
