package org.machbed.ipc.process;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.SharedMemory;

/**
 * A process's counters of {@link Crossing}s, in a shared page that the launcher reads while the process runs and after it
 * was killed. Any thread may count, but where {@link #countExclusively} says otherwise; no garbage. The counters start at 0 and only grow.
 */
public final class Crossings implements AutoCloseable {
    private static final long MAGIC = 0x4d42_4352_4f53_5331L;
    private static final int LINE_BYTES = 64;
    private static final Crossing[] ALL = Crossing.values();
    private static final long SIZE_BYTES = (1L + ALL.length) * LINE_BYTES;
    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    private final @Nullable SharedMemory file;
    private final MemorySegment page;

    private Crossings(@Nullable SharedMemory file, MemorySegment page) {
        this.file = file;
        this.page = page;
    }

    /**
     * Creates the file of a process that starts.
     *
     * @throws IOException when the file exists: two processes of one name
     */
    public static Crossings create(Path path) throws IOException {
        SharedMemory file = SharedMemory.create(path, SIZE_BYTES);
        file.segment().set(ValueLayout.JAVA_LONG, 0, MAGIC);
        return new Crossings(file, file.segment());
    }

    /** Opens the counters of a process to watch them. */
    public static Crossings open(Path path) throws IOException {
        SharedMemory file = SharedMemory.open(path);
        if (file.sizeBytes() != SIZE_BYTES || file.segment().get(ValueLayout.JAVA_LONG, 0) != MAGIC) {
            file.close();
            throw new IOException(path + " holds no crossings of this version");
        }
        return new Crossings(file, file.segment());
    }

    /** Counters that nobody else sees, for tests and for parts that run outside a topology. */
    public static Crossings unshared() {
        return new Crossings(null, Arena.ofAuto().allocate(SIZE_BYTES, LINE_BYTES));
    }

    /** The counters in a file, once. */
    public static Map<Crossing, Long> read(Path path) throws IOException {
        try (Crossings crossings = open(path)) {
            return crossings.snapshot();
        }
    }

    public void count(Crossing crossing) {
        count(crossing, 1);
    }

    public void count(Crossing crossing, long amount) {
        WORD.getAndAdd(page, offset(crossing), amount);
    }

    /**
     * Counts a crossing that in this process only one thread at a time counts, by this method alone: those threads exclude each other by
     * something else, as by the lock of an interface. A plain addition, before which what was stored, such as the frame, need not have
     * left the processor.
     */
    public void countExclusively(Crossing crossing, long amount) {
        long offset = offset(crossing);
        WORD.setOpaque(page, offset, (long) WORD.getOpaque(page, offset) + amount);
    }

    /** Counts one copy of {@code bytes} bytes. */
    public void copy(long bytes) {
        copies(1, bytes);
    }

    /** Counts several copies of {@code bytes} bytes together: who copies many times counts once. */
    public void copies(long copies, long bytes) {
        count(Crossing.COPIES, copies);
        count(Crossing.COPIED_BYTES, bytes);
    }

    public long value(Crossing crossing) {
        return (long) WORD.getVolatile(page, offset(crossing));
    }

    /** All counters now. */
    public Map<Crossing, Long> snapshot() {
        Map<Crossing, Long> values = new EnumMap<>(Crossing.class);
        for (Crossing crossing : ALL) {
            values.put(crossing, value(crossing));
        }
        return Collections.unmodifiableMap(values);
    }

    /** Tells every counter by its label; a source for {@link ProcessLifecycle#onCounters}. */
    public void tell(ObjLongConsumer<String> consumer) {
        for (Crossing crossing : ALL) {
            consumer.accept(crossing.label(), value(crossing));
        }
    }

    /** Each counter has a cache line of its own, after the line of the magic number. */
    private static long offset(Crossing crossing) {
        return (long) crossing.line() * LINE_BYTES;
    }

    /** Unmaps; the file stays for the launcher to read. */
    @Override
    public void close() {
        if (file != null) {
            file.close();
        }
    }
}
