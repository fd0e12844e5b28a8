package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.memory.SharedMemory;

/**
 * The file that makes a segment: what it is like, and who is on it. It changes only while a station joins or leaves, under the
 * lock for that ({@link Membership}); the medium and the doorbells change all the time.
 *
 * <pre>
 *    0  magic                     8  ring capacity in bytes
 *   16  rate in bits per second  24  delay in nanoseconds
 *   64  generation: how often the stations have changed
 *  128  until when the medium is busy, in System.nanoTime
 *  192  8 stations of 128 bytes:
 *        0  state: 0 none, 1 present
 *        8  MAC address
 *       16  generation at which it joined
 *       64  its doorbell
 * </pre>
 */
final class StationTable implements AutoCloseable {
    static final int PRESENT = 1;
    static final int ABSENT = 0;

    private static final long MAGIC = 0x4d42_5345_474d_0001L;
    private static final long MAGIC_OFFSET = 0;
    private static final long CAPACITY_OFFSET = 8;
    private static final long RATE_OFFSET = 16;
    private static final long DELAY_OFFSET = 24;
    private static final long GENERATION_OFFSET = 64;
    private static final long BUSY_UNTIL_OFFSET = 128;
    private static final long STATIONS_OFFSET = 192;
    private static final long STATION_BYTES = 128;
    private static final long MAC_OFFSET = 8;
    private static final long JOINED_OFFSET = 16;
    private static final long DOORBELL_OFFSET = 64;
    private static final long BYTES = STATIONS_OFFSET + SegmentLink.MAXIMUM_STATIONS * STATION_BYTES;

    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private final SharedMemory file;
    private final MemorySegment memory;

    private StationTable(SharedMemory file) {
        this.file = file;
        this.memory = file.segment();
    }

    /** Opens the table at {@code path}, or makes it. Under the membership lock. */
    static StationTable openOrCreate(Path path, SegmentOptions options) throws IOException {
        if (Files.exists(path)) {
            SharedMemory file = SharedMemory.open(path);
            if (file.sizeBytes() == BYTES && file.segment().get(ValueLayout.JAVA_LONG, MAGIC_OFFSET) == MAGIC) {
                StationTable table = new StationTable(file);
                table.requireSame(options);
                return table;
            }
            // Whoever was making it was killed meanwhile: nobody else can have it open.
            file.close();
            file.unlink();
        }
        StationTable table = new StationTable(SharedMemory.create(path, BYTES));
        table.memory.set(ValueLayout.JAVA_LONG, CAPACITY_OFFSET, options.ringBytes());
        table.memory.set(ValueLayout.JAVA_LONG, RATE_OFFSET, options.rateBitsPerSecond());
        table.memory.set(ValueLayout.JAVA_LONG, DELAY_OFFSET, options.delayNs());
        LONG.setRelease(table.memory, MAGIC_OFFSET, MAGIC);
        return table;
    }

    private void requireSame(SegmentOptions options) throws IOException {
        long capacity = memory.get(ValueLayout.JAVA_LONG, CAPACITY_OFFSET);
        long rate = memory.get(ValueLayout.JAVA_LONG, RATE_OFFSET);
        long delay = memory.get(ValueLayout.JAVA_LONG, DELAY_OFFSET);
        if (capacity != options.ringBytes() || rate != options.rateBitsPerSecond() || delay != options.delayNs()) {
            file.close();
            throw new IOException(
                    "the segment at " + file.path() + " has ringBytes=" + capacity + ", rateBitsPerSecond=" + rate
                            + ", delayNs=" + delay + ", not what this station wants: " + options);
        }
    }

    Path path() {
        return file.path();
    }

    long generation() {
        return (long) LONG.getAcquire(memory, GENERATION_OFFSET);
    }

    boolean present(int station) {
        return (long) LONG.getAcquire(memory, offset(station)) == PRESENT;
    }

    long macBits(int station) {
        return memory.get(ValueLayout.JAVA_LONG, offset(station) + MAC_OFFSET);
    }

    /** The generation at which the station joined: tells it from one that was in its place before. */
    long joinedAt(int station) {
        return memory.get(ValueLayout.JAVA_LONG, offset(station) + JOINED_OFFSET);
    }

    Doorbell doorbell(int station) {
        return new Doorbell(memory, offset(station) + DOORBELL_OFFSET);
    }

    /** Puts a station in its place; its rings must be there. Under the membership lock. */
    void enter(int station, long macBits, long generation) {
        memory.asSlice(offset(station), STATION_BYTES).fill((byte) 0);
        memory.set(ValueLayout.JAVA_LONG, offset(station) + MAC_OFFSET, macBits);
        memory.set(ValueLayout.JAVA_LONG, offset(station) + JOINED_OFFSET, generation);
        LONG.setRelease(memory, offset(station), (long) PRESENT);
        LONG.setRelease(memory, GENERATION_OFFSET, generation);
    }

    /** Takes a station off. Under the membership lock. */
    void leave(int station) {
        LONG.setRelease(memory, offset(station), (long) ABSENT);
        LONG.setRelease(memory, GENERATION_OFFSET, generation() + 1);
    }

    /** Until when the medium is busy; the word is shared with all stations. */
    long busyUntilNs() {
        return (long) LONG.getVolatile(memory, BUSY_UNTIL_OFFSET);
    }

    boolean tryOccupy(long seenNs, long untilNs) {
        return LONG.compareAndSet(memory, BUSY_UNTIL_OFFSET, seenNs, untilNs);
    }

    void unlink() throws IOException {
        file.unlink();
    }

    private static long offset(int station) {
        return STATIONS_OFFSET + station * STATION_BYTES;
    }

    @Override
    public void close() {
        file.close();
    }
}
