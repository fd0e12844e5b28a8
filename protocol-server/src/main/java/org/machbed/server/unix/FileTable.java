package org.machbed.server.unix;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.WatchedCount;

/** The sockets, and sets of sockets, that are open, by descriptors. Guarded by {@link Spl#NET}. */
final class FileTable {
    /**
     * One client's place in the table.
     *
     * @param owner the name of a right to the client, {@link PortName#NULL} for one that tells nothing of itself
     */
    private record OpenFile(BsdFile file, PortName owner) {}

    /** Files of all kinds open at once. */
    static final int CAPACITY = 4096;

    private final DescriptorTable<OpenFile> files = new DescriptorTable<>(CAPACITY);
    private final WatchedCount sockets = new WatchedCount();
    private final WatchedCount sets = new WatchedCount();

    /** @throws SocketLayerException with EMFILE when one more would be too many */
    void checkRoom() throws SocketLayerException {
        if (files.size() == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " files are open");
        }
    }

    /**
     * Gives a file a descriptor, a socket one more perhaps; {@link #checkRoom} said that there is one.
     *
     * @param owner the client's name, {@link PortName#NULL} for one that tells nothing of itself
     */
    int add(BsdFile file, PortName owner) {
        count(file, 1);
        return files.add(new OpenFile(file, owner));
    }

    private void count(BsdFile file, int by) {
        switch (file) {
            case BsdSocket socket -> {
                sockets.change(by);
                socket.changeDescriptors(by);
            }
            case BsdReadinessSet _ -> sets.change(by);
            case BsdSessionMemory _ -> {}
        }
    }

    /** @throws SocketLayerException with EBADF when nothing is open there */
    BsdFile file(int descriptor) throws SocketLayerException {
        OpenFile open = files.get(descriptor);
        if (open == null) {
            throw new SocketLayerException(Errno.EBADF, "no file " + descriptor);
        }
        return open.file();
    }

    /**
     * Refuses whoever is not the client that opened a file: a descriptor alone could have been told or guessed.
     *
     * @throws SocketLayerException with EBADF when nothing is open there, EACCES for another client, and for all when its owner is unknown
     */
    void checkOwner(int descriptor, PortName client) throws SocketLayerException {
        OpenFile open = files.get(descriptor);
        if (open == null) {
            throw new SocketLayerException(Errno.EBADF, "no file " + descriptor);
        }
        if (!client.isValid() || !open.owner().equals(client)) {
            throw new SocketLayerException(Errno.EACCES, "file " + descriptor + " is not of the client that asks");
        }
    }

    /**
     * Looks again, after a sleep, whether a call may go on.
     *
     * @throws SocketLayerException with EBADF when the descriptor has been closed meanwhile, or as {@link BsdSocket#checkHere}
     */
    void recheck(int descriptor, BsdSocket socket) throws SocketLayerException {
        OpenFile open = files.get(descriptor);
        if (open == null || open.file() != socket) {
            throw new SocketLayerException(Errno.EBADF, "the socket was closed");
        }
        socket.checkHere();
    }

    /** Tells everything that is open and whose it is. */
    void forEach(BiConsumer<BsdFile, PortName> consumer) {
        for (int descriptor : files.all()) {
            OpenFile open = files.get(descriptor);
            if (open != null) {
                consumer.accept(open.file(), open.owner());
            }
        }
    }

    /** @throws SocketLayerException with EBADF when no socket is open there */
    BsdSocket get(int descriptor) throws SocketLayerException {
        if (fileOrNull(descriptor) instanceof BsdSocket socket) {
            return socket;
        }
        throw new SocketLayerException(Errno.EBADF, "no socket " + descriptor);
    }

    /** @throws SocketLayerException with EBADF when no set of sockets is open there */
    BsdReadinessSet set(int descriptor) throws SocketLayerException {
        if (fileOrNull(descriptor) instanceof BsdReadinessSet set) {
            return set;
        }
        throw new SocketLayerException(Errno.EBADF, "no set of sockets " + descriptor);
    }

    /** @throws SocketLayerException with EBADF when nothing is open there, EOPNOTSUPP when it is a stream */
    BsdDatagramSocket datagram(int descriptor) throws SocketLayerException {
        if (get(descriptor) instanceof BsdDatagramSocket socket) {
            return socket;
        }
        throw new SocketLayerException(Errno.EOPNOTSUPP, "socket " + descriptor + " is a stream");
    }

    /** @throws SocketLayerException with EBADF when nothing is open there, EOPNOTSUPP when it is for datagrams */
    BsdStreamSocket stream(int descriptor) throws SocketLayerException {
        if (get(descriptor) instanceof BsdStreamSocket socket) {
            return socket;
        }
        throw new SocketLayerException(Errno.EOPNOTSUPP, "socket " + descriptor + " is no stream");
    }

    private @Nullable BsdFile fileOrNull(int descriptor) {
        OpenFile open = files.get(descriptor);
        return open == null ? null : open.file();
    }

    /**
     * Takes a descriptor out.
     *
     * @return the file when it is to be closed, {@code null} when other descriptors name it too; whoever sleeps on it is woken then
     * @throws SocketLayerException with EBADF when nothing is open there
     */
    @Nullable
    BsdFile remove(int descriptor) throws SocketLayerException {
        BsdFile file = file(descriptor);
        return removed(descriptor, file) ? file : null;
    }

    private boolean removed(int descriptor, BsdFile file) {
        files.remove(descriptor);
        count(file, -1);
        if (file instanceof BsdSocket socket && socket.descriptors() > 0) {
            socket.wakeAll();
            return false;
        }
        return true;
    }

    /** Takes every descriptor out, and answers the files. */
    List<BsdFile> removeAll() {
        List<BsdFile> removed = new ArrayList<>();
        for (int descriptor : files.all()) {
            BsdFile file = fileOrNull(descriptor);
            if (file != null && removed(descriptor, file)) {
                removed.add(file);
            }
        }
        return removed;
    }

    /** Descriptors of sockets that are open now; watching raises no level, so that it changes no counts. */
    int openSockets() {
        return sockets.now();
    }

    /** Sets of sockets that are open now, as {@link #openSockets}. */
    int openSets() {
        return sets.now();
    }
}
