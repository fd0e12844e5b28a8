package org.machbed.client.agent;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What a {@link java.net.Socket} is made of: a channel of a provider, in blocking mode. */
final class ConnectionSocketImpl extends ChannelSocketImpl {
    /** What a read with a time limit may receive after nobody waits for it any more. */
    private static final int AHEAD_BYTES = 16 * 1024;

    private final SelectorProvider provider;
    private final ReentrantLock readLock = new ReentrantLock();
    private final TimedCall<Integer> timedRead = new TimedCall<>("Read"); // guarded by readLock

    /** Received, from position to limit, and not yet read. */
    private @Nullable ByteBuffer ahead; // guarded by readLock

    private volatile @Nullable SocketChannel channel;
    private volatile boolean inputShutdown;

    ConnectionSocketImpl(SelectorProvider provider) {
        this.provider = provider;
    }

    @Override
    SocketChannel channel() throws SocketException {
        return requireOpen(channel);
    }

    @Override
    protected void create(boolean stream) throws IOException {
        requireStream(stream);
        try {
            channel = provider.openSocketChannel();
        } catch (UnsupportedOperationException e) {
            throw SocketExceptions.of(e);
        }
    }

    /** Is from now on the socket of a connection that was accepted. */
    void adopt(SocketChannel accepted) throws IOException {
        channel = accepted;
        noteRemote((InetSocketAddress) accepted.getRemoteAddress());
        noteLocalPort();
    }

    private void noteRemote(InetSocketAddress remote) {
        address = remote.getAddress();
        port = remote.getPort();
    }

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        try {
            channel().bind(new InetSocketAddress(host, localPort));
            noteLocalPort();
        } catch (UnsupportedAddressTypeException e) {
            throw SocketExceptions.of(e);
        }
    }

    /** A socket that did not connect is closed, as the JDK's is. */
    @Override
    protected void connect(SocketAddress remote, int timeout) throws IOException {
        if (!(remote instanceof InetSocketAddress peer)) {
            throw new IllegalArgumentException("Unsupported address type");
        }
        if (peer.isUnresolved()) {
            throw new UnknownHostException(peer.getHostName());
        }
        SocketChannel connecting = channel();
        try {
            if (timeout > 0) {
                boolean _ = new TimedCall<Boolean>("Connect").await(() -> connecting.connect(peer), timeout);
            } else {
                connecting.connect(peer);
            }
            noteRemote(peer);
            noteLocalPort();
        } catch (ClosedChannelException | UnsupportedAddressTypeException e) {
            connecting.close();
            throw SocketExceptions.of(e);
        } catch (IOException e) {
            connecting.close();
            throw e;
        }
    }

    @Override
    protected InputStream getInputStream() {
        return new Input();
    }

    @Override
    protected OutputStream getOutputStream() {
        return new Output();
    }

    @Override
    protected int available() throws IOException {
        int unread = channel().socket().getInputStream().available();
        readLock.lock();
        try {
            return ahead == null || timedRead.isPending() ? unread : ahead.remaining() + unread;
        } finally {
            readLock.unlock();
        }
    }

    private int read(ByteBuffer target) throws IOException {
        readLock.lock();
        try {
            SocketChannel open = channel();
            if (inputShutdown) {
                return -1;
            }
            ByteBuffer received = ahead;
            if (received == null || !received.hasRemaining() || timedRead.isPending()) {
                if (timeoutMillis() == 0 && !timedRead.isPending()) {
                    return open.read(target);
                }
                received = receiveAhead(open);
                if (!received.hasRemaining()) {
                    return -1;
                }
            }
            int bytes = Math.min(received.remaining(), target.remaining());
            target.put(received.slice(received.position(), bytes));
            received.position(received.position() + bytes);
            return bytes;
        } catch (ClosedChannelException e) {
            throw SocketExceptions.of(e);
        } finally {
            readLock.unlock();
        }
    }

    /** Receives with a time limit; nothing at the end of the stream. */
    private ByteBuffer receiveAhead(SocketChannel open) throws IOException {
        ByteBuffer buffer = ahead == null ? ByteBuffer.allocate(AHEAD_BYTES) : ahead;
        ahead = buffer;
        if (!timedRead.isPending()) {
            buffer.clear();
        }
        int bytes = timedRead.await(() -> open.read(buffer), timeoutMillis());
        buffer.position(0).limit(Math.max(0, bytes));
        return buffer;
    }

    private void write(ByteBuffer source) throws IOException {
        try {
            SocketChannel open = channel();
            while (source.hasRemaining()) {
                open.write(source);
            }
        } catch (ClosedChannelException e) {
            throw SocketExceptions.of(e);
        }
    }

    @Override
    protected void shutdownInput() throws IOException {
        channel().shutdownInput();
        inputShutdown = true;
    }

    @Override
    protected void shutdownOutput() throws IOException {
        channel().shutdownOutput();
    }

    @Override
    protected void close() throws IOException {
        SocketChannel open = channel;
        if (open != null) {
            open.close();
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            return length == 0 ? 0 : ConnectionSocketImpl.this.read(ByteBuffer.wrap(target, offset, length));
        }

        @Override
        public int available() throws IOException {
            return ConnectionSocketImpl.this.available();
        }

        @Override
        public void close() throws IOException {
            ConnectionSocketImpl.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, source.length);
            ConnectionSocketImpl.this.write(ByteBuffer.wrap(source, offset, length));
        }

        @Override
        public void close() throws IOException {
            ConnectionSocketImpl.this.close();
        }
    }
}
