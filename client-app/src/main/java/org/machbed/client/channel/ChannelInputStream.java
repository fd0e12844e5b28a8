package org.machbed.client.channel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.util.Objects;

/** What a {@link SocketView} reads through: blocking, with the socket's SO_TIMEOUT. */
final class ChannelInputStream extends InputStream {
    private final MachbedSocketChannel channel;
    private final ViewOptions options;

    ChannelInputStream(MachbedSocketChannel channel, ViewOptions options) {
        this.channel = channel;
        this.options = options;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!channel.isBlocking()) {
            throw new IllegalBlockingModeException();
        }
        try {
            return channel.read(ByteBuffer.wrap(target, offset, length), options.limitNs());
        } catch (IOException | RuntimeException e) {
            throw SocketErrors.ofView(e);
        }
    }

    @Override
    public int available() throws IOException {
        try {
            return channel.unreadBytes();
        } catch (IOException | RuntimeException e) {
            throw SocketErrors.ofView(e);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
