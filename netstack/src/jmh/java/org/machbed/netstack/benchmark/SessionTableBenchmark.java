package org.machbed.netstack.benchmark;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.SessionConsumer;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Finding the session of a frame, which should cost the same however many there are. Where the frames are for ten of them and the
 * others only are there, that is what shows; where they are for all, the part of the table that is read outgrows the processor's first
 * cache, which shows too. One session takes any peer, so that a frame for nobody is looked for twice. Beside it: {@link FilterTableBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class SessionTableBenchmark {
    @Param({"10", "100", "1000", "10000"})
    public int sessions;

    private final SessionTable<String> table = new SessionTable<>(new KeyedRandom(1), new SessionCounters());
    private final SessionConsumer<String> consumer = this::onFrame;
    private MemorySegment hitsOfTen = MemorySegment.NULL;
    private MemorySegment hits = MemorySegment.NULL;
    private MemorySegment misses = MemorySegment.NULL;
    private int next;

    /** What was delivered; public, so that delivering is not optimised away. */
    public long bytes;

    /** Adds them all. */
    @Setup
    public void add() throws SessionException {
        for (int i = 0; i < sessions; i++) {
            table.add(SessionFrames.template(i), "session " + i);
        }
        table.add(SessionTemplate.withAny(IpProtocol.UDP, Host.IP_A, 65_535), "any");
        hitsOfTen = SessionFrames.toSessions(10, true);
        hits = SessionFrames.toSessions(sessions, true);
        misses = SessionFrames.toSessions(sessions, false);
        if (match(hits) != SessionCounter.DELIVERED || match(misses) != SessionCounter.NO_SESSION) {
            throw new AssertionError("not the frames that they should be");
        }
    }

    private void onFrame(String target, MemorySegment memory, long offset, int lengthBytes) {
        bytes += lengthBytes;
    }

    private SessionCounter match(MemorySegment frames) {
        next = (next + 1) % SessionFrames.FRAMES;
        return table.match(frames, (long) next * SessionFrames.FRAME_BYTES, SessionFrames.FRAME_BYTES, 0, consumer);
    }

    /** Each frame is that of one of ten sessions. */
    @Benchmark
    public SessionCounter hitOfTen() {
        return match(hitsOfTen);
    }

    /** Each frame is a session's. */
    @Benchmark
    public SessionCounter hit() {
        return match(hits);
    }

    /** No frame is. */
    @Benchmark
    public SessionCounter miss() {
        return match(misses);
    }
}
