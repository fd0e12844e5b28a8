package org.machbed.link.session;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.netstack.socket.SessionRecords;

/**
 * The memory of a library's sessions, which outlives it: the records of its connections and their rings, in a file that the server
 * maps too. Its owner makes and writes it; the server reads, and writes only the mark by which it takes a session.
 *
 * <pre>
 *     0  magic    8  slots    16  offset of the rings    24  bytes of the rings
 *    64  {@link SessionRecords}
 *        rings, at a multiple of 4,096
 * </pre>
 */
public final class SessionMemory implements AutoCloseable {
    /** Sessions of one memory at most: as many as a session window may have. */
    public static final int MAX_SLOTS = 4_096;

    /** Most bytes of one memory. */
    public static final long MAX_BYTES = 1L << 30;

    private static final long MAGIC = 0x324E4F4953534553L; // "SESSION2"
    private static final int SLOTS = 8;
    private static final int RINGS_OFFSET = 16;
    private static final int RINGS_BYTES = 24;
    private static final int RECORDS = 64;
    private static final int PAGE_BYTES = 4_096;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final SharedMemory memory;
    private final int slots;
    private final SessionRecords records;
    private final MemorySegment rings;

    private SessionMemory(SharedMemory memory, int slots, long ringsOffset, long ringsBytes) {
        this.memory = memory;
        this.slots = slots;
        records = new SessionRecords(memory.segment().asSlice(RECORDS, SessionRecords.bytes(slots)), slots);
        rings = memory.segment().asSlice(ringsOffset, ringsBytes);
    }

    private static long ringsOffset(int slots) {
        return (RECORDS + SessionRecords.bytes(slots) + PAGE_BYTES - 1) & -PAGE_BYTES;
    }

    /**
     * Makes a memory for the owner of sessions.
     *
     * @param path which does not exist
     * @param slots sessions at most
     * @param ringsBytes room for their rings
     */
    public static SessionMemory create(Path path, int slots, long ringsBytes) throws IOException {
        if (slots < 1 || slots > MAX_SLOTS || ringsBytes < 0 || ringsBytes > MAX_BYTES - ringsOffset(slots)) {
            throw new IllegalArgumentException(
                    "a session memory of " + slots + " slots with " + ringsBytes + " bytes for rings");
        }
        long ringsOffset = ringsOffset(slots);
        SharedMemory memory = SharedMemory.create(path, ringsOffset + ringsBytes);
        MemorySegment header = memory.segment();
        header.set(LONG, SLOTS, slots);
        header.set(LONG, RINGS_OFFSET, ringsOffset);
        header.set(LONG, RINGS_BYTES, ringsBytes);
        header.set(LONG, 0, MAGIC);
        return new SessionMemory(memory, slots, ringsOffset, ringsBytes);
    }

    /**
     * Maps the memory that another process has made.
     *
     * @throws IOException when there is none at {@code path}
     */
    public static SessionMemory open(Path path) throws IOException {
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) || Files.size(path) > MAX_BYTES) {
            throw new IOException(path + " is no file of up to " + MAX_BYTES + " bytes");
        }
        SharedMemory memory = SharedMemory.open(path);
        try {
            return checked(memory);
        } catch (IOException | RuntimeException e) {
            memory.close();
            throw e;
        } catch (InternalError e) {
            memory.close();
            throw new IOException(path + " has been cut short", e);
        }
    }

    private static SessionMemory checked(SharedMemory memory) throws IOException {
        MemorySegment header = memory.segment();
        long bytes = memory.sizeBytes();
        if (bytes < RECORDS || bytes > MAX_BYTES || header.get(LONG, 0) != MAGIC) {
            throw new IOException(memory.path() + " is no session memory");
        }
        long slots = header.get(LONG, SLOTS);
        if (slots < 1 || slots > MAX_SLOTS) {
            throw new IOException(memory.path() + " has " + slots + " slots");
        }
        long ringsOffset = header.get(LONG, RINGS_OFFSET);
        long ringsBytes = header.get(LONG, RINGS_BYTES);
        if (ringsOffset != ringsOffset((int) slots) || ringsBytes < 0 || ringsBytes > bytes - ringsOffset) {
            throw new IOException(memory.path() + " has " + ringsBytes + " bytes of rings at " + ringsOffset
                    + ", which do not lie in " + bytes);
        }
        return new SessionMemory(memory, (int) slots, ringsOffset, ringsBytes);
    }

    public Path path() {
        return memory.path();
    }

    public int slots() {
        return slots;
    }

    /** The records of the sessions. */
    public SessionRecords records() {
        return records;
    }

    /** What the records' rings lie in. */
    public MemorySegment rings() {
        return rings;
    }

    /** Removes the file's name; who has mapped the memory keeps it. */
    public void unlink() throws IOException {
        memory.unlink();
    }

    /** Unmaps; the file stays. */
    @Override
    public void close() {
        memory.close();
    }
}
