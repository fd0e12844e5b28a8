package org.machbed.netstack.benchmark;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.machbed.netstack.filter.FilterAssembler;
import org.machbed.netstack.filter.FilterConsumer;
import org.machbed.netstack.filter.FilterException;
import org.machbed.netstack.filter.FilterTable;
import org.machbed.netstack.filter.PacketFilter;
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
 * The same frames and sessions as in {@link SessionTableBenchmark}, with a program of the packet filter for each session. The
 * filters have a priority that ends the search where one matches, and test the port first, in which the sessions differ.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class FilterTableBenchmark {
    @Param({"10", "60"})
    public int sessions;

    private final FilterTable<String> table = new FilterTable<>();
    private final FilterConsumer<String> consumer = this::onFrame;
    private MemorySegment hits = MemorySegment.NULL;
    private MemorySegment misses = MemorySegment.NULL;
    private int next;

    /** What was delivered; public, so that delivering is not optimised away. */
    public long bytes;

    /** Adds them all. */
    @Setup
    public void add() throws FilterException {
        for (int i = 0; i < sessions; i++) {
            SessionTemplate template = SessionFrames.template(i);
            PacketFilter filter =
                    PacketFilter.compile(FilterAssembler.assemble(text(template)), PacketFilter.HIGH_PRIORITY);
            table.add(filter, "session " + i);
        }
        hits = SessionFrames.toSessions(sessions, true);
        misses = SessionFrames.toSessions(sessions, false);
        if (match(hits) != 1 || match(misses) != 0) {
            throw new AssertionError("not the frames that they should be");
        }
    }

    /** Of IPv4 without options: a longer header would cost more instructions. */
    private static String text(SessionTemplate template) {
        return """
                PUSHWORD+18; PUSHLIT|CAND %d
                PUSHWORD+17; PUSHLIT|CAND %d
                PUSHWORD+6; PUSHLIT|CAND 0x0800
                PUSHWORD+11; PUSHLIT|AND 0x00ff; PUSHLIT|CAND 17
                PUSHWORD+10; PUSHLIT|AND 0x1fff; PUSHZERO|CAND
                PUSHWORD+7; PUSHLIT|AND 0x0f00; PUSHLIT|CAND 0x0500
                PUSHWORD+14; PUSHLIT|CAND %d
                PUSHWORD+13; PUSHLIT|CAND %d
                PUSHWORD+16; PUSHLIT|CAND %d
                PUSHWORD+15; PUSHLIT|CAND %d
                """.formatted(
                        template.localPort(),
                        template.remotePort(),
                        template.remoteIpv4() & 0xFFFF,
                        template.remoteIpv4() >>> 16,
                        template.localIpv4() & 0xFFFF,
                        template.localIpv4() >>> 16);
    }

    private void onFrame(String target, MemorySegment memory, long offset, int lengthBytes) {
        bytes += lengthBytes;
    }

    private int match(MemorySegment frames) {
        next = (next + 1) % SessionFrames.FRAMES;
        return table.match(frames, (long) next * SessionFrames.FRAME_BYTES, SessionFrames.FRAME_BYTES, consumer);
    }

    /** Each frame is a session's. */
    @Benchmark
    public int hit() {
        return match(hits);
    }

    /** No frame is. */
    @Benchmark
    public int miss() {
        return match(misses);
    }
}
