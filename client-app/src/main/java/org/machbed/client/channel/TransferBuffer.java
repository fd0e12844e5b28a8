package org.machbed.client.channel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What several buffers are gathered into, or scattered from, for one call of a socket layer. Takes its memory when first used. */
final class TransferBuffer {
    private final int capacityBytes;
    private @Nullable ByteBuffer piece;

    TransferBuffer(int capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    private ByteBuffer cleared() {
        ByteBuffer made = piece;
        if (made == null) {
            made = ByteBuffer.allocateDirect(capacityBytes);
            piece = made;
        }
        return made.clear();
    }

    /** Room for so many bytes, or the capacity, for {@link #scatter}. */
    ByteBuffer roomFor(long bytes) {
        return cleared().limit((int) Math.min(bytes, capacityBytes));
    }

    /** Moves what is before the position of {@link #roomFor} to buffers that have room for it. */
    void scatter(ByteBuffer[] targets, int offset) {
        ByteBuffer from = piece;
        if (from == null) {
            throw new IllegalStateException("nothing was read");
        }
        from.flip();
        for (int i = offset; from.hasRemaining(); i++) {
            ByteBuffer to = targets[i];
            int bytes = Math.min(from.remaining(), to.remaining());
            to.put(to.position(), from, from.position(), bytes);
            to.position(to.position() + bytes);
            from.position(from.position() + bytes);
        }
    }

    /** A copy of what remains in buffers, as far as there is room; their positions stay where they are. */
    ByteBuffer gather(ByteBuffer[] sources, int offset, int length) {
        ByteBuffer to = cleared();
        for (int i = offset; i < offset + length && to.hasRemaining(); i++) {
            ByteBuffer from = sources[i];
            int bytes = Math.min(from.remaining(), to.remaining());
            to.put(to.position(), from, from.position(), bytes);
            to.position(to.position() + bytes);
        }
        return to.flip();
    }

    /** Moves the positions of buffers on by what was sent of them. */
    static void skip(ByteBuffer[] sources, int offset, int bytes) {
        for (int i = offset, left = bytes; left > 0; i++) {
            int piece = Math.min(left, sources[i].remaining());
            sources[i].position(sources[i].position() + piece);
            left -= piece;
        }
    }
}
