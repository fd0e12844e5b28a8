package org.machbed.client.channel;

import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;

/** What {@link java.net.DatagramSocket} wants to be made with; a view over a channel overrides all that would call it. */
final class NoDatagramSocketImpl extends DatagramSocketImpl {
    private static IllegalStateException called() {
        return new IllegalStateException("a socket over a channel has called what it is not made of");
    }

    @Override
    protected void create() {
        throw called();
    }

    @Override
    protected void bind(int port, InetAddress address) {
        throw called();
    }

    @Override
    protected void send(DatagramPacket packet) {
        throw called();
    }

    @Override
    protected int peek(InetAddress address) {
        throw called();
    }

    @Override
    protected int peekData(DatagramPacket packet) {
        throw called();
    }

    @Override
    protected void receive(DatagramPacket packet) {
        throw called();
    }

    @Override
    @SuppressWarnings({"removal", "deprecation"})
    protected void setTTL(byte ttl) {
        throw called();
    }

    @Override
    @SuppressWarnings({"removal", "deprecation"})
    protected byte getTTL() {
        throw called();
    }

    @Override
    protected void setTimeToLive(int ttl) {
        throw called();
    }

    @Override
    protected int getTimeToLive() {
        throw called();
    }

    @Override
    protected void join(InetAddress group) {
        throw called();
    }

    @Override
    protected void leave(InetAddress group) {
        throw called();
    }

    @Override
    protected void joinGroup(SocketAddress group, NetworkInterface networkInterface) {
        throw called();
    }

    @Override
    protected void leaveGroup(SocketAddress group, NetworkInterface networkInterface) {
        throw called();
    }

    @Override
    protected void close() {
        throw called();
    }

    @Override
    public void setOption(int id, Object value) {
        throw called();
    }

    @Override
    public Object getOption(int id) {
        throw called();
    }
}
