package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sending side of a station. With one other station on the segment a frame is composed in that one's ring; with
 * several, or with one frame begun before another has gone, in a buffer that is copied to each. Not thread-safe. No garbage but
 * when stations come and go.
 */
final class SegmentSender implements FrameOutput, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSender.class);

    /** Frames that may be lent at once besides the one composed in place. */
    private static final int BUFFERS = 4;

    /** States of a buffer, in its cookie. */
    private static final long FREE = 0;

    private static final long LENT = 1;

    /** Sent while another frame was being composed in place: it goes when that one has gone. */
    private static final long PENDING = 2;

    private static final int NOBODY = -1;

    /** A train that fills more than the ring by this has its receiver started, which makes room meanwhile. */
    private static final int TRAIN_FRACTION = 4;

    private final Membership membership;
    private final StationTable table;
    private final Medium medium;
    private final LinkCounters counters;
    private final int maximumFrameBytes;
    private final int ringBytes;

    private final @Nullable RingSender[] rings = new RingSender[SegmentLink.MAXIMUM_STATIONS];
    private final long[] ringGenerations = new long[SegmentLink.MAXIMUM_STATIONS];
    private final Doorbell[] doorbells = new Doorbell[SegmentLink.MAXIMUM_STATIONS];
    private long seenGeneration;
    private int stations;

    /** The one other station, or {@link #NOBODY} when there is none or several. */
    private int onlyPeer = NOBODY;

    private final Arena arena = Arena.ofShared();
    private final FrameBuffer[] buffers = new FrameBuffer[BUFFERS];
    private final FrameBuffer inPlace = new FrameBuffer();

    /** Room of the frame that is composed in place, 0 when none is. */
    private int inPlaceRoomBytes;

    /** Bytes of frames of which the one other station has not been told. */
    private int untoldBytes;

    SegmentSender(Membership membership, SegmentOptions options, int mtuBytes, LinkCounters counters) {
        this.membership = membership;
        this.table = membership.table();
        this.medium = new Medium(table, options);
        this.counters = counters;
        this.ringBytes = options.ringBytes();
        this.maximumFrameBytes = LinkEnd.HEADER_BYTES + mtuBytes;
        for (int i = 0; i < SegmentLink.MAXIMUM_STATIONS; i++) {
            doorbells[i] = table.doorbell(i);
        }
        int roomBytes = Math.max(maximumFrameBytes, LinkEnd.MINIMUM_FRAME_BYTES);
        for (int i = 0; i < BUFFERS; i++) {
            buffers[i] = new FrameBuffer();
            buffers[i].memory = arena.allocate(roomBytes, Ring.ALIGNMENT);
        }
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (lengthBytes <= 0 || lengthBytes > maximumFrameBytes) {
            counters.count(LinkCounter.DROPPED_OVERSIZE);
            return null;
        }
        if (inPlaceRoomBytes == 0) {
            if (table.generation() != seenGeneration) {
                refresh();
            }
            if (onlyPeer != NOBODY) {
                return allocateInPlace(lengthBytes);
            }
        }
        for (FrameBuffer buffer : buffers) {
            if (buffer.cookie == FREE) {
                buffer.cookie = LENT;
                buffer.offset = 0;
                buffer.length = lengthBytes;
                return buffer;
            }
        }
        throw new IllegalStateException("more than " + BUFFERS + " frames are begun and neither sent nor released");
    }

    private @Nullable FrameBuffer allocateInPlace(int lengthBytes) {
        RingSender ring = rings[onlyPeer];
        int roomBytes = Math.max(lengthBytes, LinkEnd.MINIMUM_FRAME_BYTES);
        long offset = ring == null ? -1 : ring.room(roomBytes);
        if (ring == null || offset < 0) {
            flush();
            countDrop(ring);
            return null;
        }
        inPlace.memory = ring.memory();
        inPlace.offset = offset;
        inPlace.length = lengthBytes;
        inPlaceRoomBytes = roomBytes;
        return inPlace;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        try {
            transmitMore(frame);
        } finally {
            flush();
        }
    }

    /** As {@link LinkEnd#flush}. */
    void flush() {
        if (untoldBytes != 0) {
            untoldBytes = 0;
            ringDoorbell(onlyPeer);
        }
    }

    /** As {@link LinkEnd#transmitMore}. */
    void transmitMore(FrameBuffer frame) {
        requireLent(frame);
        int roomBytes = frame == inPlace ? inPlaceRoomBytes : maximumFrameBytes;
        if (frame.length <= 0 || frame.length > roomBytes) {
            release(frame);
            throw new IllegalArgumentException("a frame of " + frame.length + " bytes in room for " + roomBytes);
        }
        if (frame != inPlace && inPlaceRoomBytes != 0) {
            frame.cookie = PENDING;
            return;
        }
        try {
            send(frame);
        } finally {
            // Also when it could not be sent: while one is composed in place, no other goes.
            release(frame);
        }
    }

    private void send(FrameBuffer frame) {
        int paddedBytes = Math.max(frame.length, LinkEnd.MINIMUM_FRAME_BYTES);
        for (int i = frame.length; i < paddedBytes; i++) {
            frame.memory.set(ValueLayout.JAVA_BYTE, frame.offset + i, (byte) 0);
        }
        long dueNs = stations == 0 || !medium.isTimed() ? 0 : medium.send(paddedBytes, System.nanoTime());
        if (stations == 0) {
            counters.count(LinkCounter.DROPPED_NO_STATION);
        } else if (dueNs == Medium.REFUSED) {
            counters.count(LinkCounter.DROPPED_MEDIUM_BUSY);
        } else {
            deliver(frame, paddedBytes, dueNs);
            counters.count(LinkCounter.FRAMES_SENT);
            counters.add(LinkCounter.BYTES_SENT, paddedBytes);
        }
    }

    private void deliver(FrameBuffer frame, int lengthBytes, long dueNs) {
        if (frame == inPlace) {
            RingSender ring = rings[onlyPeer];
            assert ring != null;
            ring.send(inPlaceRoomBytes, lengthBytes, dueNs);
            untoldBytes += lengthBytes;
            if (untoldBytes > ringBytes / TRAIN_FRACTION) {
                flush();
            }
            return;
        }
        for (int i = 0; i < rings.length; i++) {
            RingSender ring = rings[i];
            if (ring != null) {
                copyTo(i, ring, frame, lengthBytes, dueNs);
            }
        }
    }

    private void copyTo(int peer, RingSender ring, FrameBuffer frame, int lengthBytes, long dueNs) {
        long offset = ring.room(lengthBytes);
        if (offset < 0) {
            countDrop(ring);
            return;
        }
        MemorySegment.copy(frame.memory, frame.offset, ring.memory(), offset, lengthBytes);
        counters.count(LinkCounter.COPIES);
        counters.add(LinkCounter.COPIED_BYTES, lengthBytes);
        ring.send(lengthBytes, lengthBytes, dueNs);
        ringDoorbell(peer);
    }

    /** A station that has not yet answered its last ring will look at its rings anyway, after that answer. */
    private void ringDoorbell(int peer) {
        Doorbell doorbell = doorbells[peer];
        // The frame must be seen by a station that answers a ring after this look at it. What was copied from memory
        // that another processor wrote is waited for here.
        VarHandle.fullFence();
        if (doorbell.count() == 0) {
            counters.count(LinkCounter.DOORBELLS);
            if (doorbell.ringOrDrop()) {
                counters.count(LinkCounter.WAKE_UPS);
            }
        }
    }

    private void countDrop(@Nullable RingSender ring) {
        counters.count(
                ring != null && ring.corrupt() ? LinkCounter.DROPPED_CORRUPT_RING : LinkCounter.DROPPED_RING_FULL);
    }

    @Override
    public void release(FrameBuffer frame) {
        requireLent(frame);
        if (frame != inPlace) {
            frame.cookie = FREE;
            return;
        }
        inPlaceRoomBytes = 0;
        for (FrameBuffer buffer : buffers) {
            if (buffer.cookie == PENDING) {
                send(buffer);
                buffer.cookie = FREE;
            }
        }
    }

    private void requireLent(FrameBuffer frame) {
        boolean lent = frame == inPlace ? inPlaceRoomBytes != 0 : frame.cookie == LENT;
        if (!lent) {
            throw new IllegalArgumentException("the frame was not lent by this link, or sent or released before");
        }
    }

    /** Stations have come or gone: maps the rings to those that are there. */
    private void refresh() {
        flush();
        seenGeneration = table.generation();
        stations = 0;
        onlyPeer = NOBODY;
        for (int peer = 0; peer < rings.length; peer++) {
            if (peer != membership.station()) {
                refresh(peer);
            }
            if (rings[peer] != null) {
                onlyPeer = stations == 0 ? peer : NOBODY;
                stations++;
            }
        }
    }

    private void refresh(int peer) {
        boolean present = table.present(peer);
        long generation = membership.ringGeneration(peer);
        RingSender ring = rings[peer];
        if (ring != null && present && ringGenerations[peer] == generation) {
            return;
        }
        if (ring != null) {
            ring.close();
            rings[peer] = null;
        }
        if (!present) {
            return;
        }
        try {
            rings[peer] = new RingSender(membership.openRing(membership.station(), peer, generation), ringBytes);
            ringGenerations[peer] = generation;
        } catch (IOException e) {
            counters.count(LinkCounter.UNREACHABLE_STATIONS);
            // Once: another station decides how often this happens.
            if (counters.get(LinkCounter.UNREACHABLE_STATIONS) == 1) {
                LOG.warn("cannot send to station {}: {}", peer, e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        for (RingSender ring : rings) {
            if (ring != null) {
                ring.close();
            }
        }
        arena.close();
    }
}
