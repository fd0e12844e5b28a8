package org.machbed.client.channel;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import org.jspecify.annotations.Nullable;

/** Where a channel listens. */
final class ListeningState extends SocketState {
    private final StreamIo io;

    ListeningState(MachbedChannel channel, StreamIo io) {
        super(channel, ChannelOptions.LISTENING);
        this.io = io;
    }

    synchronized void listen(@Nullable SocketAddress address, int backlog) throws IOException {
        ensureOpen();
        ensureUnbound();
        bindTo(address);
        io.listen(backlog);
        refreshLocal();
    }

    synchronized void ensureListening() throws ClosedChannelException {
        ensureOpen();
        if (local() == null) {
            throw new NotYetBoundException();
        }
    }

    @Override
    public synchronized String toString() {
        return isOpen() ? "local=" + local() : "closed";
    }
}
