package org.machbed.client.session;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** The sockets of this process by descriptor, of which the low bits are an index that one open socket alone has. Thread-safe. */
final class SessionSockets {
    private static final int CAPACITY = 4_096;

    private final AtomicReferenceArray<@Nullable SessionSocket> sockets = new AtomicReferenceArray<>(CAPACITY);

    SessionSocket add(int descriptor, boolean isStream) {
        SessionSocket socket = new SessionSocket(descriptor, isStream);
        sockets.set(index(descriptor), socket);
        return socket;
    }

    SessionSocket get(int descriptor) throws SocketLayerException {
        SessionSocket socket = find(descriptor);
        if (socket == null) {
            throw new SocketLayerException(Errno.EBADF, "descriptor " + descriptor + " is not open");
        }
        return socket;
    }

    @Nullable
    SessionSocket find(int descriptor) {
        SessionSocket socket = sockets.get(index(descriptor));
        return socket != null && socket.descriptor() == descriptor ? socket : null;
    }

    /** Forgets a socket, once. */
    boolean remove(SessionSocket socket) {
        return sockets.compareAndSet(index(socket.descriptor()), socket, null);
    }

    List<SessionSocket> all() {
        List<SessionSocket> all = new ArrayList<>();
        for (int i = 0; i < CAPACITY; i++) {
            SessionSocket socket = sockets.get(i);
            if (socket != null) {
                all.add(socket);
            }
        }
        return all;
    }

    private static int index(int descriptor) {
        return descriptor & (CAPACITY - 1);
    }
}
