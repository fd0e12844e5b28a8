package org.machbed.client.service;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A connection in blocking mode as a service sees it, which remembers when something last moved on it. */
final class ServedConnection implements AutoCloseable {
    private final SocketChannel channel;
    private volatile long movedNs = System.nanoTime();

    ServedConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /** As {@link SocketChannel#read(ByteBuffer)}. */
    int read(ByteBuffer target) throws IOException {
        int bytes = channel.read(target);
        movedNs = System.nanoTime();
        return bytes;
    }

    /** Writes all that remains. */
    void write(ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            channel.write(source);
            movedNs = System.nanoTime();
        }
    }

    /** Throws away what is there to read, or comes. */
    void shutdownInput() throws IOException {
        channel.shutdownInput();
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /** For how long nothing has moved. */
    long idleNs() {
        return System.nanoTime() - movedNs;
    }

    /** Closes it and gives up what is still on its way, so that nothing of it stays. For any thread. */
    void abort() throws IOException {
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        channel.close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
