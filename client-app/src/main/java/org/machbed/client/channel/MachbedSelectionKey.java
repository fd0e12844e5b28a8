package org.machbed.client.channel;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;
import org.machbed.netstack.socket.Readiness;

/** A channel's registration with a {@link MachbedSelector}. */
final class MachbedSelectionKey extends AbstractSelectionKey {
    private static final int OPS_OF_READABLE = OP_READ | OP_ACCEPT;
    private static final int OPS_OF_WRITABLE = OP_WRITE | OP_CONNECT;

    private final MachbedSelector selector;
    private final SelectableChannel channel;
    private final MachbedChannel socket;
    private final AtomicInteger interestOps = new AtomicInteger();

    /** Written by who selects. */
    private volatile int readyOps;

    /** What the selector's set watches the socket for. Under the selector's monitor. */
    private int watched;

    MachbedSelectionKey(MachbedSelector selector, SelectableChannel channel, MachbedChannel socket) {
        this.selector = selector;
        this.channel = channel;
        this.socket = socket;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public MachbedSelector selector() {
        return selector;
    }

    @Override
    public int interestOps() {
        ensureValid();
        return interestOps.get();
    }

    @Override
    public MachbedSelectionKey interestOps(int ops) {
        changeInterestOps(_ -> ops, ops);
        return this;
    }

    @Override
    public int interestOpsOr(int ops) {
        return changeInterestOps(before -> before | ops, ops);
    }

    /** Any bits may be kept, as the JDK has it. */
    @Override
    public int interestOpsAnd(int ops) {
        return changeInterestOps(before -> before & ops, 0);
    }

    private int changeInterestOps(IntUnaryOperator change, int given) {
        ensureValid();
        if ((given & ~channel.validOps()) != 0) {
            throw new IllegalArgumentException("operations " + given + " are not among " + channel.validOps());
        }
        int before = interestOps.getAndUpdate(change);
        if (change.applyAsInt(before) != before) {
            selector.interestChanged(this);
        }
        return before;
    }

    @Override
    public int readyOps() {
        ensureValid();
        return readyOps;
    }

    private void ensureValid() {
        if (!isValid()) {
            throw new CancelledKeyException();
        }
    }

    /** The descriptor of the socket. */
    int socket() {
        return socket.io().socket;
    }

    /** What the set is to watch the socket for. */
    int wanted() {
        int ops = interestOps.get();
        return ((ops & OPS_OF_READABLE) == 0 ? 0 : Readiness.READABLE)
                | ((ops & OPS_OF_WRITABLE) == 0 ? 0 : Readiness.WRITABLE);
    }

    int watched() {
        return watched;
    }

    void watched(int interests) {
        watched = interests;
    }

    /** The interesting operations of a socket's readiness. An error, or the end of both directions, is ready for all, as in the JDK. */
    int opsOf(int readiness) {
        int interesting = interestOps.get();
        if ((readiness & Readiness.HUNG_UP) != 0) {
            return interesting;
        }
        int ops = ((readiness & Readiness.READABLE) == 0 ? 0 : OPS_OF_READABLE)
                | ((readiness & Readiness.WRITABLE) == 0 ? 0 : OPS_OF_WRITABLE);
        return ops & socket.possibleOps() & interesting;
    }

    void readyOps(int ops) {
        readyOps = ops;
    }

    /** Adds to the ready operations; answers whether any is new. */
    boolean addReadyOps(int ops) {
        int before = readyOps;
        readyOps = before | ops;
        return readyOps != before;
    }

    @Override
    public String toString() {
        return "MachbedSelectionKey[" + channel + ", " + (isValid() ? "interest=" + interestOps.get() : "cancelled")
                + "]";
    }
}
