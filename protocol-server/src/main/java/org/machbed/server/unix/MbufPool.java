package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.server.driver.FrameOwner;

/**
 * The free lists of mbufs and clusters (uipc_mbuf.c). Any thread may call: each operation raises to {@link Spl#IMP}, because
 * interfaces allocate and free too. Bounded; what is exhausted answers {@code null}, and the caller drops its packet.
 */
final class MbufPool {
    private final Spl spl;
    private final int capacity;
    private final FrameOwner clusterOwner = new ClusterOwner();
    private final @Nullable MemorySegment[] clusters; // guarded by IMP
    private final int[] freeClusters; // guarded by IMP
    private int freeClusterCount; // guarded by IMP
    private @Nullable Mbuf free; // guarded by IMP
    private int made; // guarded by IMP
    private int inUse; // written at IMP; others may read a little late
    private long denied; // written at IMP; others may read a little late

    /** A pool that makes at most {@code capacity} mbufs and {@code clusterCapacity} clusters, as they are needed. */
    MbufPool(Spl spl, int capacity, int clusterCapacity) {
        this.spl = spl;
        this.capacity = capacity;
        clusters = new @Nullable MemorySegment[clusterCapacity];
        freeClusters = new int[clusterCapacity];
        for (int i = 0; i < clusterCapacity; i++) {
            freeClusters[i] = i;
        }
        freeClusterCount = clusterCapacity;
    }

    /** An empty mbuf (m_get), {@code null} when there is none. */
    @Nullable
    Mbuf get() {
        int s = spl.splimp();
        try {
            Mbuf mbuf = free;
            if (mbuf != null) {
                free = mbuf.next;
            } else if (made < capacity) {
                made++;
                mbuf = new Mbuf();
            } else {
                denied++;
                return null;
            }
            inUse++;
            mbuf.next = null;
            mbuf.isFree = false;
            return mbuf;
        } finally {
            spl.splx(s);
        }
    }

    /**
     * An empty mbuf.
     *
     * @throws SocketLayerException with ENOBUFS when there is none
     */
    Mbuf some() throws SocketLayerException {
        Mbuf mbuf = get();
        if (mbuf == null) {
            throw exhausted();
        }
        return mbuf;
    }

    /** What a call fails with that finds no mbuf. */
    static SocketLayerException exhausted() {
        return new SocketLayerException(Errno.ENOBUFS, "all mbufs are in use");
    }

    /** An mbuf whose data is memory of somebody else's (MEXTADD); {@code null} when there is none. */
    @Nullable
    Mbuf getExternal(MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        Mbuf mbuf = get();
        if (mbuf != null) {
            attach(mbuf, memory, offset, lengthBytes, owner, cookie);
        }
        return mbuf;
    }

    /**
     * An mbuf with a copy of {@code lengthBytes} bytes: in itself, in a cluster, or in memory of its own when it is longer
     * than that (m_devget, and the uiomove of sosend). {@code null} when there is none.
     */
    @Nullable
    Mbuf getCopy(MemorySegment source, long offset, int lengthBytes) {
        Mbuf mbuf = getRoom(lengthBytes);
        if (mbuf != null) {
            MemorySegment.copy(
                    source,
                    ValueLayout.JAVA_BYTE,
                    offset,
                    mbuf.memory,
                    ValueLayout.JAVA_BYTE,
                    mbuf.offset,
                    lengthBytes);
        }
        return mbuf;
    }

    /** The same with the bytes left for the caller to put there. */
    @Nullable
    Mbuf getRoom(int lengthBytes) {
        Mbuf mbuf = get();
        if (mbuf == null) {
            return null;
        }
        mbuf.lengthBytes = lengthBytes;
        if (lengthBytes > Mbuf.MCLBYTES) {
            attach(mbuf, MemorySegment.ofArray(new byte[lengthBytes]), 0, lengthBytes, FrameOwner.COLLECTED, 0);
        } else if (lengthBytes > Mbuf.MLEN && !getCluster(mbuf)) {
            free(mbuf);
            return null;
        }
        return mbuf;
    }

    private static void attach(
            Mbuf mbuf, MemorySegment memory, long offset, int lengthBytes, FrameOwner owner, long cookie) {
        mbuf.memory = memory;
        mbuf.offset = offset;
        mbuf.lengthBytes = lengthBytes;
        mbuf.owner = owner;
        mbuf.cookie = cookie;
    }

    private boolean getCluster(Mbuf mbuf) {
        int s = spl.splimp();
        try {
            if (freeClusterCount == 0) {
                denied++;
                return false;
            }
            int number = freeClusters[--freeClusterCount];
            MemorySegment cluster = clusters[number];
            if (cluster == null) {
                cluster = MemorySegment.ofArray(new byte[Mbuf.MCLBYTES]);
                clusters[number] = cluster;
            }
            attach(mbuf, cluster, 0, mbuf.lengthBytes, clusterOwner, number);
            return true;
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Frees one mbuf and what it refers to (m_free).
     *
     * @return the next of its packet
     */
    @Nullable
    Mbuf free(Mbuf mbuf) {
        int s = spl.splimp();
        try {
            if (mbuf.isFree) {
                throw new IllegalStateException("an mbuf is freed twice");
            }
            FrameOwner owner = mbuf.owner;
            if (owner != null) {
                owner.free(mbuf.cookie);
            }
            Mbuf next = mbuf.next;
            mbuf.owner = null;
            mbuf.frame = null;
            mbuf.memory = mbuf.own;
            mbuf.offset = 0;
            mbuf.lengthBytes = 0;
            mbuf.isFree = true;
            mbuf.next = free;
            free = mbuf;
            inUse--;
            return next;
        } finally {
            spl.splx(s);
        }
    }

    /** Frees a whole packet (m_freem). */
    void freePacket(@Nullable Mbuf mbuf) {
        Mbuf next = mbuf;
        while (next != null) {
            next = free(next);
        }
    }

    /** Mbufs that somebody has now; watching raises no level, so that it changes no counts. */
    int inUse() {
        return inUse;
    }

    /** Requests that found nothing free. */
    long denied() {
        return denied;
    }

    private final class ClusterOwner implements FrameOwner {
        @Override
        public boolean isLent() {
            return true;
        }

        @Override
        public int keptBytes(int lengthBytes) {
            return Mbuf.MCLBYTES;
        }

        @Override
        public void free(long cookie) {
            freeClusters[freeClusterCount++] = (int) cookie;
        }
    }
}
