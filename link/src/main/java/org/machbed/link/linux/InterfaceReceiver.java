package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.link.FrameHandler;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving side of an interface: waits in poll(2) for its descriptor and for wake-ups, and reads one frame a call. One
 * thread; only {@link #wakeUp} is for any. No garbage per frame.
 *
 * <p>An interface that goes down and comes up again only makes a gap, and so does one that is taken away when another one of its name
 * or subnet takes its place: as long as it is down, it is looked for. A TAP device that is deleted is waited for no longer, since
 * its descriptor would end every wait at once; the station goes on without a wire.
 */
final class InterfaceReceiver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceReceiver.class);

    /** struct pollfd: descriptor, then what is wanted and what is there, 16 bits each. */
    private static final int POLLFD_BYTES = 8;

    private static final int WANTED_OFFSET = 4;
    private static final int THERE_OFFSET = 6;
    private static final short POLLIN = 1;

    /** POLLERR, POLLHUP and POLLNVAL, which need not be wanted. */
    private static final short TROUBLE = 0x8 | 0x10 | 0x20;

    /** Failures in a row, without a frame or a quiet moment between, after which an interface counts as gone. */
    private static final int MOST_FAILURES = 64;

    /** How often an interface is looked for that is down. */
    private static final long LOOK_NS = 250_000_000L;

    private final Attachment attachment;
    private final LinkCounters counters;
    private final SystemCalls calls;
    private final WakeUpEvent event;
    private final OffloadedFrames frames;

    /** The event's first, so that the descriptor's can be left out. */
    private final MemorySegment pollfds;

    private int failures;
    private boolean trouble;
    private boolean gone;

    /** Whether it was found down and has not been found again. */
    private boolean down;

    /** When it was looked for last; of meaning when {@link #down}. */
    private long lookedNs;

    /** Frames read since the kernel last had none. */
    private int backlog;

    InterfaceReceiver(Arena arena, Attachment attachment, WakeUpEvent event, LinkCounters counters) {
        this.attachment = attachment;
        this.counters = counters;
        this.calls = new SystemCalls(arena);
        this.event = event;
        this.frames = new OffloadedFrames(arena, attachment.headerBytes(), counters);
        this.pollfds = arena.allocate(2L * POLLFD_BYTES, Long.BYTES);
        want(0, event.descriptor());
        want(POLLFD_BYTES, attachment.descriptor());
    }

    private void want(long pollfd, int descriptor) {
        pollfds.set(ValueLayout.JAVA_INT, pollfd, descriptor);
        pollfds.set(ValueLayout.JAVA_SHORT, pollfd + WANTED_OFFSET, POLLIN);
    }

    boolean await(long timeoutNs) {
        if (frames.pending()) {
            return true;
        }
        int ready = down ? awaitLooking(timeoutNs) : calls.poll(pollfds.address(), gone ? 1 : 2, timeoutNs);
        if (ready <= 0) {
            if (ready < 0 && ready != -Errno.EINTR) {
                throw new IllegalStateException("cannot wait for " + attachment.title() + ": " + Errno.text(-ready));
            }
            // A signal: the caller looks at its frames and its time, and comes again.
            return ready < 0;
        }
        if (there(0) != 0) {
            event.clear();
        }
        trouble = !gone && (there(POLLFD_BYTES) & TROUBLE) != 0;
        return true;
    }

    /** Waits as poll(2), and looks for the interface from time to time. */
    private int awaitLooking(long timeoutNs) {
        long startNs = System.nanoTime();
        long left = timeoutNs;
        while (down && left > LOOK_NS) {
            int ready = calls.poll(pollfds.address(), 2, LOOK_NS);
            look();
            if (ready != 0) {
                return ready;
            }
            left = timeoutNs == LinkEnd.FOREVER ? timeoutNs : timeoutNs - (System.nanoTime() - startNs);
        }
        look();
        return calls.poll(pollfds.address(), 2, left);
    }

    private void look() {
        long nowNs = System.nanoTime();
        if (down && nowNs - lookedNs >= LOOK_NS) {
            lookedNs = nowNs;
            down = !attachment.rejoin(calls);
            if (!down) {
                LOG.info("{} is up again", attachment.title());
            }
        }
    }

    private short there(long pollfd) {
        return pollfds.get(ValueLayout.JAVA_SHORT, pollfd + THERE_OFFSET);
    }

    int poll(FrameHandler handler, int budget) {
        int handled = 0;
        // What comes and is no frame counts too: whoever sends that must not keep this thread here.
        for (int turns = 0; turns < budget && (frames.pending() || receive()); turns++) {
            int length = frames.next();
            if (length == OffloadedFrames.NONE) {
                continue;
            }
            handled++;
            counters.count(LinkCounter.FRAMES_RECEIVED);
            counters.add(LinkCounter.BYTES_RECEIVED, length);
            handler.onFrame(frames.memory(), frames.offset(), length);
        }
        return handled;
    }

    /** Reads once; false when the interface has nothing, or an error, to give. */
    private boolean receive() {
        if (gone) {
            return false;
        }
        long bytes;
        do {
            bytes = attachment.receive(calls, frames.room());
        } while (bytes == -Errno.EINTR);
        if (bytes >= 0) {
            failures = 0;
            trouble = false;
            backlog++;
            if (bytes != Attachment.NOTHING) {
                frames.take((int) bytes);
            }
            return true;
        }
        int errno = (int) -bytes;
        if (errno == Errno.EAGAIN && !trouble) {
            failures = 0;
            onNothing();
        } else {
            onFailure(errno);
        }
        return false;
    }

    /** The kernel's queue is empty: had there been enough in it to overflow? */
    private void onNothing() {
        if (backlog > 1) {
            int dropped = attachment.takeDropped(calls);
            if (dropped != 0) {
                counters.add(LinkCounter.DROPPED_QUEUE_FULL, dropped);
            }
        }
        backlog = 0;
    }

    private void onFailure(int errno) {
        trouble = false;
        failures++;
        switch (errno) {
            case Errno.ENETDOWN -> {
                counters.count(LinkCounter.INTERFACE_DOWN);
                LOG.warn("{} is down", attachment.title());
                down = attachment.canRejoin();
                lookedNs = System.nanoTime();
            }
            // The trouble was told to the sender, or has yet to be told.
            case Errno.EAGAIN -> {}
            // A frame that the kernel could not describe to us (packet(7), PACKET_VNET_HDR), or could not copy.
            case Errno.EINVAL, Errno.ENOBUFS, Errno.ENOMEM -> counters.count(LinkCounter.UNUSABLE_FRAMES);
            case Errno.EBADFD, Errno.ENODEV, Errno.ENXIO -> failures = MOST_FAILURES;
            default -> LOG.debug("reading from {} failed: {}", attachment.title(), errno);
        }
        if (failures >= MOST_FAILURES) {
            gone = true;
            down = false;
            counters.count(LinkCounter.INTERFACE_GONE);
            LOG.error("{} has gone: {}", attachment.title(), Errno.text(errno));
        }
    }

    /** Any thread. */
    void wakeUp() {
        event.ring();
    }

    @Override
    public void close() {
        event.close();
    }
}
