package org.machbed.client.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.List;

/** Two hosts that reach each other, as a test of channels sees them, and the channels that it opened on them. */
public final class Ends implements AutoCloseable {
    private final SelectorProvider providerA;
    private final InetAddress addressA;
    private final SelectorProvider providerB;
    private final InetAddress addressB;
    private final List<DatagramChannel> channels = new ArrayList<>();
    private final List<AutoCloseable> below = new ArrayList<>();

    public Ends(SelectorProvider providerA, String addressA, SelectorProvider providerB, String addressB) {
        this.providerA = providerA;
        this.addressA = InetAddress.ofLiteral(addressA);
        this.providerB = providerB;
        this.addressB = InetAddress.ofLiteral(addressB);
    }

    InetAddress addressA() {
        return addressA;
    }

    InetAddress addressB() {
        return addressB;
    }

    /** An unbound channel of host a. */
    DatagramChannel openA() {
        return open(providerA);
    }

    /** An unbound channel of host b. */
    DatagramChannel openB() {
        return open(providerB);
    }

    public DatagramChannel boundA() throws IOException {
        return openA().bind(new InetSocketAddress(addressA, 0));
    }

    public DatagramChannel boundB() throws IOException {
        return openB().bind(new InetSocketAddress(addressB, 0));
    }

    static InetSocketAddress localOf(DatagramChannel channel) throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }

    private DatagramChannel open(SelectorProvider provider) {
        try {
            DatagramChannel channel = provider.openDatagramChannel(StandardProtocolFamily.INET);
            channels.add(channel);
            return channel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has something closed after the channels, and before what was added earlier. */
    public Ends above(AutoCloseable resource) {
        below.addFirst(resource);
        return this;
    }

    @Override
    public void close() throws IOException {
        for (DatagramChannel channel : channels) {
            channel.close();
        }
        for (AutoCloseable resource : below) {
            try {
                resource.close();
            } catch (Exception e) {
                throw new IOException("closing what lies below the channels failed", e);
            }
        }
    }
}
