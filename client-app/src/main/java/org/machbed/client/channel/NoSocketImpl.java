package org.machbed.client.channel;

import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketImpl;

/** What {@link java.net.Socket} wants to be made with; a view over a channel overrides all that would call it. */
final class NoSocketImpl extends SocketImpl {
    private static IllegalStateException called() {
        return new IllegalStateException("a socket over a channel has called what it is not made of");
    }

    @Override
    protected void create(boolean stream) {
        throw called();
    }

    @Override
    protected void connect(String host, int port) {
        throw called();
    }

    @Override
    protected void connect(InetAddress address, int port) {
        throw called();
    }

    @Override
    protected void connect(SocketAddress address, int timeout) {
        throw called();
    }

    @Override
    protected void bind(InetAddress host, int port) {
        throw called();
    }

    @Override
    protected void listen(int backlog) {
        throw called();
    }

    @Override
    protected void accept(SocketImpl accepted) {
        throw called();
    }

    @Override
    protected InputStream getInputStream() {
        throw called();
    }

    @Override
    protected OutputStream getOutputStream() {
        throw called();
    }

    @Override
    protected int available() {
        throw called();
    }

    @Override
    protected void close() {
        throw called();
    }

    @Override
    protected void sendUrgentData(int data) {
        throw called();
    }

    @Override
    public Object getOption(int option) {
        throw called();
    }

    @Override
    public void setOption(int option, Object value) {
        throw called();
    }
}
