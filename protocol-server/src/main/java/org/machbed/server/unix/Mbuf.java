package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.server.driver.FrameOwner;

/**
 * BSD's memory buffer (sys/mbuf.h): a little data of its own, or a reference to a cluster or to somebody's frame. Belongs to
 * whoever got it from {@link MbufPool}; not thread-safe.
 */
final class Mbuf {
    /** Bytes of data that an mbuf has room for itself (MLEN). */
    static final int MLEN = 112;
    /** Bytes of a cluster (MCLBYTES). */
    static final int MCLBYTES = 2048;

    final MemorySegment own = MemorySegment.ofArray(new byte[MLEN]);

    /** The next buffer of the same packet (m_next), or of the free list. */
    @Nullable
    Mbuf next;

    /** Where the data lies (m_data). */
    MemorySegment memory = own;

    long offset;
    int lengthBytes;

    /** Who gets {@link #memory} back, {@code null} when it is {@link #own}. */
    @Nullable
    FrameOwner owner;

    long cookie;

    /** For the header of an outgoing packet: the driver's room that it was composed in. */
    @Nullable
    FrameBuffer frame;

    /** For a name (MT_SONAME): the address that the packet came from. */
    int ipv4;

    int port;
    boolean isFree = true;

    /** Drops {@code bytes} bytes from the front and keeps {@code keptBytes} after them (m_adj). */
    void trim(long bytes, int keptBytes) {
        if (bytes < 0 || keptBytes < 0 || bytes + keptBytes > lengthBytes) {
            throw new IllegalArgumentException(
                    "an mbuf of " + lengthBytes + " bytes has no " + keptBytes + " after " + bytes);
        }
        offset += bytes;
        lengthBytes = keptBytes;
    }
}
