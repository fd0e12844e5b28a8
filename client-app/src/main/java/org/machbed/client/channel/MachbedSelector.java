package org.machbed.client.channel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.IllegalSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.ReadinessSet;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * A {@link Selector} on a set of sockets that lives where the sockets do. It behaves as the JDK's own does on Linux, which one suite
 * of tests holds both to: level-triggered, and what is changed in a key's interests while a selection is under way counts from the next
 * one on. Channels of other providers, such as a pipe's, are not for it.
 *
 * <p>A selection is one call of the layer, beside one for each key with other interests. It holds this selector and
 * its set of selected keys, in that order, as {@link Selector} says; waking it up takes neither.
 */
final class MachbedSelector extends AbstractSelector {
    /** How many ready sockets one selection takes; those beyond have their turn in the next one. */
    private static final int MOST_READY = 1_024;

    /** A limit: for as long as it takes. */
    private static final long UNLIMITED = 0;

    /** A limit: does not wait. */
    private static final long NOW = -1;

    private final ReadinessSetLayer sets;
    private final int set;
    private final Set<SelectionKey> keys = ConcurrentHashMap.newKeySet();
    private final Set<SelectionKey> publicKeys = Collections.unmodifiableSet(keys);

    /** Under the monitor of the public set, for whoever selects; otherwise for the program to guard. */
    private final Set<SelectionKey> selected = new HashSet<>();

    private final Set<SelectionKey> publicSelected = new UngrowableSet<>(selected);

    /** Keys whose interests the set does not know yet. */
    private final Queue<MachbedSelectionKey> changed = new ConcurrentLinkedQueue<>();

    // Under this selector's monitor.
    private final Map<Integer, MachbedSelectionKey> keysBySocket = new HashMap<>();
    private final ByteBuffer ready = ByteBuffer.allocate(MOST_READY * ReadinessSet.PAIR_BYTES);
    private boolean selecting;

    private final Object wakeUpLock = new Object();

    /** Whether the set has a wake-up that nobody has taken, or is closed and needs none. Under its lock. */
    private boolean wokenUp;

    private MachbedSelector(SelectorProvider provider, ReadinessSetLayer sets, int set) {
        super(provider);
        this.sets = sets;
        this.set = set;
    }

    static MachbedSelector open(SelectorProvider provider, ReadinessSetLayer sets) throws IOException {
        try {
            return new MachbedSelector(provider, sets, sets.readinessSet());
        } catch (SocketLayerException e) {
            throw SocketErrors.ofStream(e);
        }
    }

    @Override
    public Set<SelectionKey> keys() {
        ensureOpen();
        return publicKeys;
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        ensureOpen();
        return publicSelected;
    }

    @Override
    public int selectNow() throws IOException {
        return lockAndSelect(null, NOW);
    }

    @Override
    public int select() throws IOException {
        return lockAndSelect(null, UNLIMITED);
    }

    @Override
    public int select(long timeout) throws IOException {
        return lockAndSelect(null, limitNs(timeout));
    }

    @Override
    public int selectNow(Consumer<SelectionKey> action) throws IOException {
        return lockAndSelect(Objects.requireNonNull(action), NOW);
    }

    @Override
    public int select(Consumer<SelectionKey> action) throws IOException {
        return lockAndSelect(Objects.requireNonNull(action), UNLIMITED);
    }

    @Override
    public int select(Consumer<SelectionKey> action, long timeout) throws IOException {
        Objects.requireNonNull(action);
        return lockAndSelect(action, limitNs(timeout));
    }

    private static long limitNs(long timeoutMillis) {
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException("Negative timeout");
        }
        return timeoutMillis == 0 ? UNLIMITED : TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    private int lockAndSelect(@Nullable Consumer<SelectionKey> action, long limitNs) throws IOException {
        synchronized (this) {
            ensureOpen();
            if (selecting) {
                throw new IllegalStateException("a selection is under way, whose action this is");
            }
            selecting = true;
            try {
                synchronized (publicSelected) {
                    return selectLocked(action, limitNs);
                }
            } finally {
                selecting = false;
            }
        }
    }

    /** A call that fails leaves keys as they were: the next selection comes to them again. */
    private int selectLocked(@Nullable Consumer<SelectionKey> action, long limitNs) throws IOException {
        try {
            removeCancelled();
            watchChanged();
            int pairs = limitNs == NOW ? taken(sets.takeReady(set, ready)) : await(limitNs);
            removeCancelled();
            return update(action, pairs);
        } catch (SocketLayerException e) {
            if (!isOpen() && e.errno() == Errno.EBADF) {
                return 0; // Closed meanwhile, and with it the set.
            }
            throw SocketErrors.ofStream(e);
        }
    }

    /** Takes what is ready, when something is or the selector is woken up; an interrupt of the thread, be it one before, does that. */
    private int await(long limitNs) throws SocketLayerException {
        try {
            begin();
            return taken(sets.awaitReady(set, ready, limitNs));
        } finally {
            end();
        }
    }

    /** Notes the wake-up that may be among the pairs. */
    private int taken(int pairs) {
        if (pairs != 0 && ready.getInt(0) == ReadinessSet.WAKE_UP) {
            synchronized (wakeUpLock) {
                wokenUp = false;
            }
        }
        return pairs;
    }

    /** Selects the keys of what was taken; answers how many became ready, or ready for more. */
    private int update(@Nullable Consumer<SelectionKey> action, int pairs) {
        int updated = 0;
        for (int i = 0; i < pairs; i++) {
            MachbedSelectionKey key = keysBySocket.get(ready.getInt(i * ReadinessSet.PAIR_BYTES));
            if (key == null || !key.isValid()) {
                continue; // A wake-up, or a channel that was closed meanwhile.
            }
            int ops = key.opsOf(ready.getInt(i * ReadinessSet.PAIR_BYTES + Integer.BYTES));
            if (action == null ? select(key, ops) : act(action, key, ops)) {
                updated++;
            }
        }
        return updated;
    }

    private boolean select(MachbedSelectionKey key, int ops) {
        if (selected.contains(key)) {
            return key.addReadyOps(ops);
        }
        key.readyOps(ops);
        return ops != 0 && selected.add(key);
    }

    private boolean act(Consumer<SelectionKey> action, MachbedSelectionKey key, int ops) {
        key.readyOps(ops);
        if (ops == 0) {
            return false;
        }
        action.accept(key);
        ensureOpen();
        return true;
    }

    /** Tells the set what is of interest now. */
    private void watchChanged() throws SocketLayerException {
        MachbedSelectionKey key;
        while ((key = changed.peek()) != null) {
            if (key.isValid()) {
                keysBySocket.put(key.socket(), key);
                watch(key, key.wanted());
            }
            changed.remove();
        }
    }

    private void watch(MachbedSelectionKey key, int interests) throws SocketLayerException {
        if (key.watched() == interests) {
            return;
        }
        try {
            sets.watch(set, key.socket(), interests);
            key.watched(interests);
        } catch (SocketLayerException e) {
            // A channel that is being closed has closed its socket, and the set has forgotten that.
            if (key.channel().isOpen()) {
                throw e;
            }
        }
    }

    private void removeCancelled() throws SocketLayerException {
        Set<SelectionKey> cancelled = cancelledKeys();
        SelectionKey[] now;
        synchronized (cancelled) {
            if (cancelled.isEmpty()) {
                return;
            }
            now = cancelled.toArray(SelectionKey[]::new);
        }
        for (SelectionKey key : now) {
            remove((MachbedSelectionKey) key);
            synchronized (cancelled) {
                cancelled.remove(key);
            }
        }
    }

    private void remove(MachbedSelectionKey key) throws SocketLayerException {
        if (key.channel().isOpen()) {
            watch(key, 0);
        }
        keysBySocket.remove(key.socket(), key);
        keys.remove(key);
        selected.remove(key);
        deregister(key);
    }

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int ops, @Nullable Object attachment) {
        if (!(channel instanceof MachbedChannel socket) || !channel.provider().equals(provider())) {
            throw new IllegalSelectorException();
        }
        ensureOpen();
        MachbedSelectionKey key = new MachbedSelectionKey(this, channel, socket);
        key.attach(attachment);
        keys.add(key);
        try {
            key.interestOps(ops);
            ensureOpen(); // Closed meanwhile, it has forgotten its keys, but perhaps not this one.
        } catch (ClosedSelectorException e) {
            keys.remove(key);
            key.cancel();
            throw e;
        }
        return key;
    }

    /** A key has other interests: the next selection tells the set. */
    void interestChanged(MachbedSelectionKey key) {
        ensureOpen();
        changed.add(key);
    }

    private void ensureOpen() {
        if (!isOpen()) {
            throw new ClosedSelectorException();
        }
    }

    /**
     * Wakes up.
     *
     * @throws UncheckedIOException when that cannot be told where the sockets are
     */
    @Override
    public Selector wakeup() {
        synchronized (wakeUpLock) {
            if (!wokenUp) {
                try {
                    sets.wakeUp(set);
                } catch (SocketLayerException e) {
                    throw new UncheckedIOException("the selector cannot be woken up", e);
                }
                wokenUp = true;
            }
        }
        return this;
    }

    /** Closes the set first, which ends a selection under way: that holds the monitors. */
    @Override
    protected void implCloseSelector() throws IOException {
        closeSet();
        synchronized (this) {
            synchronized (publicSelected) {
                forgetKeys();
            }
        }
    }

    private void closeSet() throws IOException {
        synchronized (wakeUpLock) {
            wokenUp = true;
            try {
                sets.closeSet(set);
            } catch (SocketLayerException e) {
                throw SocketErrors.ofStream(e);
            }
        }
    }

    private void forgetKeys() {
        for (SelectionKey key : keys) {
            deregister((MachbedSelectionKey) key);
        }
        keys.clear();
        selected.clear();
        keysBySocket.clear();
        changed.clear();
        Set<SelectionKey> cancelled = cancelledKeys();
        synchronized (cancelled) {
            cancelled.clear();
        }
    }

    @Override
    public String toString() {
        return "MachbedSelector[" + (isOpen() ? keys.size() + " keys" : "closed") + "]";
    }
}
