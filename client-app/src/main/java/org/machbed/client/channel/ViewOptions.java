package org.machbed.client.channel;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.concurrent.TimeUnit;

/** The options of a channel as sockets have them, whose failures are all {@link SocketException}s, and SO_TIMEOUT, which is theirs. */
final class ViewOptions {
    private final NetworkChannel channel;
    private volatile int timeoutMillis;

    ViewOptions(NetworkChannel channel) {
        this.channel = channel;
    }

    <T> void set(SocketOption<T> name, T value) throws SocketException {
        try {
            channel.setOption(name, value);
        } catch (IOException e) {
            throw SocketErrors.asSocketException(e);
        }
    }

    <T> T get(SocketOption<T> name) throws SocketException {
        try {
            return channel.getOption(name);
        } catch (IOException e) {
            throw SocketErrors.asSocketException(e);
        }
    }

    /** @throws IllegalArgumentException when the size is not above 0: channels take that, sockets do not */
    void setBufferSize(SocketOption<Integer> name, int bytes) throws SocketException {
        if (bytes <= 0) {
            throw new IllegalArgumentException("invalid buffer size " + bytes);
        }
        set(name, bytes);
    }

    void setTimeout(int millis) throws SocketException {
        requireOpen();
        if (millis < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        timeoutMillis = millis;
    }

    int timeoutMillis() throws SocketException {
        requireOpen();
        return timeoutMillis;
    }

    /** How long a call may wait, 0 for as long as it takes. */
    long limitNs() {
        return TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    private void requireOpen() throws SocketException {
        if (!channel.isOpen()) {
            throw new SocketException("Socket is closed");
        }
    }
}
