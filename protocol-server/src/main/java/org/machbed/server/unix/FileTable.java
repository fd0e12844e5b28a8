package org.machbed.server.unix;

import java.util.ArrayList;
import java.util.List;
import org.machbed.ipc.descriptor.DescriptorTable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** The sockets that are open, by descriptors. Guarded by {@link Spl#NET}. */
final class FileTable {
    /** Sockets of both kinds open at once. */
    static final int CAPACITY = 4096;

    private final DescriptorTable<BsdSocket> files = new DescriptorTable<>(CAPACITY);
    private volatile int openSockets; // written at NET, read by whoever watches

    /** @throws SocketLayerException with EMFILE when one more would be too many */
    void checkRoom() throws SocketLayerException {
        if (files.size() == CAPACITY) {
            throw new SocketLayerException(Errno.EMFILE, "all " + CAPACITY + " sockets are open");
        }
    }

    /** Gives a socket a descriptor; {@link #checkRoom} said that there is one. */
    int add(BsdSocket socket) {
        int descriptor = files.add(socket);
        openSockets = files.size();
        return descriptor;
    }

    /** @throws SocketLayerException with EBADF when nothing is open there */
    BsdSocket get(int descriptor) throws SocketLayerException {
        BsdSocket socket = files.get(descriptor);
        if (socket == null) {
            throw new SocketLayerException(Errno.EBADF, "no socket " + descriptor);
        }
        return socket;
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

    /** @throws SocketLayerException with EBADF when nothing is open there */
    BsdSocket remove(int descriptor) throws SocketLayerException {
        BsdSocket socket = get(descriptor);
        files.remove(descriptor);
        openSockets = files.size();
        return socket;
    }

    /** Takes every socket out. */
    List<BsdSocket> removeAll() {
        List<BsdSocket> sockets = new ArrayList<>();
        for (int descriptor : files.all()) {
            BsdSocket socket = files.remove(descriptor);
            if (socket != null) {
                sockets.add(socket);
            }
        }
        openSockets = files.size();
        return sockets;
    }

    /** Sockets that are open now; watching raises no level, so that it changes no counts. */
    int openSockets() {
        return openSockets;
    }
}
