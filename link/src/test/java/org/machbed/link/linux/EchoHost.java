package org.machbed.link.linux;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.machbed.link.DriverTimer;
import org.machbed.link.EtherDriver;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

/** A host of ours on a link, with UDP echo (RFC 862). One thread runs the driver and the stack. */
final class EchoHost implements AutoCloseable, DatagramListener, DriverTimer {
    static final int PORT = 7;

    private final NetworkStack stack;
    private final UdpSocket socket;
    private final EtherDriver driver;
    private final Thread thread;
    private final AtomicLong echoed = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    private EchoHost(LinkEnd link, MacAddress mac, String address, int mtuBytes) throws SocketLayerException {
        stack = new NetworkStack(
                new StackConfiguration(mac, Ipv4Address.parse(address), 24, 0, mtuBytes, 1, true), link);
        socket = stack.udp().open();
        socket.bind(Ipv4Address.ANY, PORT);
        socket.listener(this);
        driver = new EtherDriver(
                link, (memory, offset, length) -> stack.onFrame(memory, offset, length, System.nanoTime()));
        thread = Thread.ofPlatform().unstarted(() -> driver.runInterruptLoop(this, () -> {}));
        thread.setUncaughtExceptionHandler((where, thrown) -> failure.set(thrown));
    }

    static EchoHost start(LinkEnd link, MacAddress mac, String address, int mtuBytes) throws SocketLayerException {
        EchoHost host = new EchoHost(link, mac, address, mtuBytes);
        host.thread.start();
        return host;
    }

    @Override
    public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
        try {
            // Before: whoever has the reply finds it counted.
            echoed.incrementAndGet();
            socket.send(memory, offset, length, sourceIpv4, sourcePort, System.nanoTime());
            return true;
        } catch (SocketLayerException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void onReadable() {}

    @Override
    public void onError(Errno errno) {
        throw new AssertionError(errno);
    }

    @Override
    public long nextDeadlineNs() {
        return stack.nextDeadlineNs();
    }

    @Override
    public void onTimer(long nowNs) {
        stack.onTimer(nowNs);
    }

    /** Datagrams sent back. */
    long echoed() {
        return echoed.get();
    }

    @Override
    public void close() {
        driver.stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failure.get() != null) {
            throw new AssertionError("the host failed", failure.get());
        }
    }
}
