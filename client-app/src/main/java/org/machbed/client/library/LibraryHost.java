package org.machbed.client.library;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.ConflictLog;
import org.machbed.link.EtherDriver;
import org.machbed.link.LinkEnd;
import org.machbed.link.WireOutput;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stack on a link end, run by the threads of the application that call it. No thread stands between the link and the application:
 * one that waits in a call awaits the link, takes the frames in and runs the stack, for itself and for all others
 * ({@link Leadership}). A thread whose condition comes true by another one is woken alone. Nobody spins, but where
 * the link is one that polls.
 *
 * <p>One lock guards the stack, its sockets and who leads. A call is {@link #enter}, what it does, and {@link #leave}; while it waits
 * ({@link #await}) the lock is free. Threads are woken once it is free again; a leader is woken through the link. No garbage in steady state.
 */
final class LibraryHost implements AutoCloseable {
    /** Threads that may wait at once. */
    static final int MOST_WAITING = 4_096;

    private static final Logger LOG = LoggerFactory.getLogger(LibraryHost.class);

    /** Turns in which the stack may have more to do at once, as packets to this host itself; the rest is the background thread's. */
    private static final int SETTLING_TURNS = 16;

    /** How long a thread that was told to leave the link is waited for. */
    private static final long LEAVING_LIMIT_NS = 1_000_000_000;

    /** How often one looks for the end of connections where another thread leads. */
    private static final long LINGER_LOOK_NS = 20_000_000;

    private static final Thread[] NOBODY = {};

    private final ReentrantLock lock = new ReentrantLock();
    private final LinkEnd link;
    private final boolean isWire;
    private final Publication publication;
    private final Crossings crossings;
    private final NetworkStack stack;
    private final EtherDriver driver;
    private final ExpectedFrames expected = new ExpectedFrames(this);
    private final Leadership leadership = new Leadership();
    private final BackgroundThread background;
    private final LentBuffers lent = new LentBuffers();

    /** Who waits for the link to have handed over so many frames. */
    private final WaitList awaitingFrames = new WaitList(this);

    private @Nullable Waiter free;
    private int waiting;

    // Who is to be woken once the lock is free.
    private @Nullable Thread[] woken = new @Nullable Thread[8];
    private int wokenCount;
    private boolean linkWoken;

    private long nowNs = System.nanoTime();
    private long deadlineNs;
    private long calls;
    private boolean closing;
    private boolean closed;
    private boolean linkClosed;

    /**
     * A stack that nobody runs yet.
     *
     * @param link where its frames come from and go to; closed with the host
     * @param isWire whether the link is the wire itself, so that its frames are counted here; otherwise the kernel counts them
     * @param publication what is to be done after each call into the stack
     */
    LibraryHost(
            LinkEnd link,
            boolean isWire,
            StackConfiguration configuration,
            Crossings crossings,
            Publication publication) {
        this.link = link;
        this.isWire = isWire;
        this.publication = publication;
        this.crossings = crossings;
        stack = new NetworkStack(configuration, isWire ? new WireOutput(link, crossings) : link);
        stack.conflictListener(new ConflictLog(configuration.mac()));
        driver = new EtherDriver(link, this::onFrame);
        background = new BackgroundThread(this);
    }

    /**
     * Starts its background thread.
     *
     * @param recall as of {@link LinkEnd#onRecall}, called with the lock held
     */
    void start(LongConsumer recall) {
        link.onRecall(loan -> onRecall(recall, loan));
        background.start();
    }

    /** By the thread at the link, between frames: with the lock or without. */
    private void onRecall(LongConsumer recall, long loan) {
        lock.lock();
        try {
            recall.accept(loan);
        } finally {
            lock.unlock();
        }
    }

    private void onFrame(MemorySegment memory, long offset, int lengthBytes) {
        if (isWire) {
            crossings.countExclusively(Crossing.FRAMES_RECEIVED, 1);
        }
        if (!expected.keeps(memory, offset, lengthBytes)) {
            takeIn(memory, offset, lengthBytes);
        }
    }

    /** A frame goes through the stack; what that made of all frames of a turn is published at once ({@link #settle}). */
    void takeIn(MemorySegment memory, long offset, int lengthBytes) {
        stack.onFrame(memory, offset, lengthBytes, nowNs);
    }

    /** Frames of sessions that are on their way here. */
    ExpectedFrames expected() {
        return expected;
    }

    NetworkStack stack() {
        return stack;
    }

    LinkEnd link() {
        return link;
    }

    /** What is with the application. */
    LentBuffers lent() {
        return lent;
    }

    Crossings crossings() {
        return crossings;
    }

    /** When the lock was taken: the time for what a call does. */
    long nowNs() {
        return nowNs;
    }

    /** Calls that were made. */
    long calls() {
        return calls;
    }

    /** When the stack wants its timer, as of the last {@link #settle}. */
    long deadlineNs() {
        return deadlineNs;
    }

    /**
     * Begins a call; {@link #leave} must follow.
     *
     * @throws SocketLayerException with EBADF once the library is closed
     */
    void enter() throws SocketLayerException {
        lock();
        if (closing) {
            lock.unlock();
            throw new SocketLayerException(Errno.EBADF, "the protocol library is closed");
        }
        calls++;
    }

    /** Takes the lock for what is no call. */
    void lock() {
        lock.lock();
        nowNs = System.nanoTime();
    }

    /** Ends a call: does what the stack wants done at once, frees the lock, and wakes who is to be woken. */
    void leave() {
        try {
            settle();
        } finally {
            unlock();
        }
    }

    private void unlock() {
        Waiter heir = leadership.appoint();
        if (heir != null) {
            wake(heir.thread);
        }
        background.mind(deadlineNs, leadership.isVacant());
        int count = wokenCount;
        wokenCount = 0;
        Thread one = count == 0 ? null : woken[0];
        @Nullable Thread[] several = count <= 1 ? NOBODY : Arrays.copyOf(woken, count);
        try {
            wakeUpLink();
        } finally {
            lock.unlock();
            LockSupport.unpark(one);
            for (Thread thread : several) {
                LockSupport.unpark(thread);
            }
        }
    }

    /** With the lock, since the link may be closed once it is free. Rare: a leader woken for what another thread does. */
    private void wakeUpLink() {
        if (linkWoken) {
            linkWoken = false;
            if (!linkClosed) {
                link.wakeUp();
            }
        }
    }

    /** Wakes a parked thread once the lock is free. */
    void wake(Thread thread) {
        if (wokenCount == woken.length) {
            woken = Arrays.copyOf(woken, 2 * wokenCount);
        }
        woken[wokenCount++] = thread;
        crossings.count(Crossing.HAND_OFFS);
    }

    /** Wakes the thread at the link when the lock is freed. */
    void wakeLink() {
        linkWoken = true;
    }

    /** Has a thread look again at what it waits for. */
    void signal(Waiter waiter) {
        if (waiter.signalled) {
            return;
        }
        waiter.signalled = true;
        switch (waiter.place) {
            case RUNNING -> {}
            case ON_LINK -> wakeLink();
            case PARKED -> wake(waiter.thread);
        }
    }

    /**
     * For the calling thread.
     *
     * @throws SocketLayerException with ENOBUFS when {@link #MOST_WAITING} wait
     */
    Waiter newWaiter() throws SocketLayerException {
        if (waiting == MOST_WAITING) {
            throw new SocketLayerException(Errno.ENOBUFS, MOST_WAITING + " threads wait in the protocol library");
        }
        waiting++;
        Waiter waiter = free;
        if (waiter == null) {
            waiter = new Waiter();
        } else {
            free = waiter.nextInList;
        }
        waiter.begin();
        return waiter;
    }

    void release(Waiter waiter) {
        waiting--;
        waiter.end();
        waiter.nextInList = free;
        free = waiter;
    }

    /** A time so far from now; {@link LinkEnd#FOREVER} when that is beyond all times. */
    long after(long limitNs) {
        return limitNs > Long.MAX_VALUE / 4 ? LinkEnd.FOREVER : nowNs + limitNs;
    }

    /**
     * Waits until {@link #signal}. The lock is free meanwhile. An interrupt is seen before the wait and by a thread that follows; one
     * that leads sees it when it wakes, so whoever interrupts must end its wait by a signal too, as closing the socket does.
     *
     * @param untilNs from {@link #after}, or {@link LinkEnd#FOREVER}
     * @return {@code false} when that time came first
     * @throws SocketLayerException with EINTR when the thread is interrupted
     */
    boolean await(Waiter waiter, long untilNs) throws SocketLayerException {
        settle();
        while (!waiter.signalled) {
            if (waiter.thread.isInterrupted()) {
                throw new SocketLayerException(Errno.EINTR, "the thread was interrupted");
            }
            if (leftNs(untilNs) <= 0) {
                return false;
            }
            awaitOnce(waiter, untilNs);
        }
        waiter.signalled = false;
        return true;
    }

    /** The same for a wait that interrupts do not end. */
    boolean awaitUninterruptibly(Waiter waiter, long untilNs) {
        boolean interrupted = false;
        settle();
        while (!waiter.signalled && leftNs(untilNs) > 0) {
            awaitOnce(waiter, untilNs);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            waiter.thread.interrupt();
        }
        boolean signalled = waiter.signalled;
        waiter.signalled = false;
        return signalled;
    }

    private static long leftNs(long untilNs) {
        return untilNs == LinkEnd.FOREVER ? LinkEnd.FOREVER : untilNs - System.nanoTime();
    }

    private void awaitOnce(Waiter waiter, long untilNs) {
        if (leadership.isLed()) {
            follow(waiter, untilNs);
        } else {
            waiter.place = Waiter.Place.ON_LINK;
            try {
                lead(untilNs);
            } finally {
                waiter.place = Waiter.Place.RUNNING;
            }
        }
    }

    private void follow(Waiter waiter, long untilNs) {
        leadership.follow(waiter);
        waiter.place = Waiter.Place.PARKED;
        unlock();
        try {
            if (untilNs == LinkEnd.FOREVER) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, leftNs(untilNs));
            }
        } finally {
            lock();
            waiter.place = Waiter.Place.RUNNING;
            leadership.unfollow(waiter);
        }
    }

    /** Awaits the link, where nobody is, and takes in what came; the lock is free meanwhile. */
    void lead(long untilNs) {
        leadership.lead();
        unlock();
        try {
            boolean _ = link.await(leftNs(untilNs));
        } finally {
            lock();
            leadership.resign();
        }
        input();
    }

    /** Whether frames that come are somebody's who waits. */
    boolean isAttended() {
        return leadership.isLed() || leadership.hasFollowers();
    }

    /** For a call that has found nothing and may not wait: takes in what is there, unless another thread is at it. */
    void look() {
        if (!leadership.isLed()) {
            input();
        }
    }

    /** Takes in the frames that are there, with nobody at the link. */
    void input() {
        int _ = driver.interrupt();
        awaitingFrames.signalAll();
        settle();
    }

    /**
     * Waits until the link has handed over so many frames.
     *
     * @param handedOver how many that are
     * @return {@code false} when {@code limitNs} came first
     */
    boolean awaitFrames(LongSupplier handedOver, long frames, long limitNs) throws SocketLayerException {
        look();
        if (handedOver.getAsLong() >= frames) {
            return true;
        }
        long untilNs = after(limitNs);
        Waiter waiter = awaitingFrames.add(0);
        try {
            while (handedOver.getAsLong() < frames) {
                if (!awaitUninterruptibly(waiter, untilNs)) {
                    return false;
                }
            }
            return true;
        } finally {
            awaitingFrames.remove(waiter);
        }
    }

    /** Does what the stack wants done by now. */
    void settle() {
        if (linkClosed) {
            return;
        }
        long next = stack.nextDeadlineNs();
        for (int turn = 0; turn < SETTLING_TURNS && next <= nowNs; turn++) {
            stack.onTimer(nowNs);
            next = stack.nextDeadlineNs();
        }
        deadlineNs = next;
        publication.publish(stack, nowNs);
    }

    /** Whether nobody runs the stack any more, nor will. */
    boolean isLinkClosed() {
        lock.lock();
        try {
            return linkClosed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the stack may still be run. With the lock. */
    boolean isOpen() {
        return !closed;
    }

    /** From now on no call is begun; whoever closes closes the sockets first. With the lock. */
    boolean beginClosing() {
        boolean first = !closing;
        closing = true;
        return first;
    }

    /**
     * Runs the stack until no connection has anything to deliver any more, without the lock.
     *
     * @return {@code false} when the limit came first
     */
    boolean linger(long limitNs) {
        lock();
        Waiter waiter = new Waiter();
        long untilNs = after(limitNs);
        boolean interrupted = false;
        try {
            settle();
            while (stack.tcp().closingConnections() > 0) {
                long left = leftNs(untilNs);
                if (left <= 0) {
                    return false;
                }
                awaitOnce(waiter, after(Math.min(left, LINGER_LOOK_NS)));
                interrupted |= Thread.interrupted();
            }
            return true;
        } finally {
            leave();
            if (interrupted) {
                waiter.thread.interrupt();
            }
        }
    }

    /** Tells the stack's counters, and the library's own. With the lock. */
    void tellCounters(ObjLongConsumer<String> consumer) {
        for (StackCounter counter : StackCounter.values()) {
            consumer.accept(counter.toString(), stack.counters().get(counter));
        }
        consumer.accept("THREADS_WAITING", waiting);
        consumer.accept("BACKGROUND_TURNS_AT_LINK", background.turnsAtLink());
        consumer.accept("BUFFERS_LENT", lent.count());
        consumer.accept("TCP_SOCKETS", stack.tcp().openSockets());
        consumer.accept("TCP_CONNECTIONS", stack.tcp().connections());
        consumer.accept("TCP_CLOSING", stack.tcp().closingConnections());
        consumer.accept("TCP_BUFFER_BYTES", stack.tcp().bufferBytes());
    }

    /** Ends the background thread and leaves the link, after {@link #beginClosing} and once whoever waited was told. */
    @Override
    public void close() {
        lock();
        boolean first = !closed;
        closed = true;
        background.stop();
        leave();
        background.join();
        if (first && awaitDeparture()) {
            closeLink();
        }
    }

    private void closeLink() {
        lock();
        try {
            linkClosed = true;
            link.close();
        } finally {
            unlock();
        }
    }

    /** Memory that a thread still reads, or that is lent, is not unmapped; it ends with the process. */
    private boolean awaitDeparture() {
        long startNs = System.nanoTime();
        boolean attended = true;
        while (attended && System.nanoTime() - startNs < LEAVING_LIMIT_NS) {
            lock();
            attended = waiting > 0 || leadership.isLed() || lent.count() > 0;
            leave();
            if (attended) {
                LockSupport.parkNanos(this, 1_000_000);
            }
        }
        if (attended) {
            LOG.warn(
                    "the link stays open: threads of the application have not left the protocol library, or have not given"
                            + " back what was lent to them ({} buffers)",
                    lent.count());
        }
        return !attended;
    }
}
