package org.machbed.client.primitive;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Json;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;
import org.machbed.ipc.trial.TrialRecord;

/**
 * {@code handOff}: one thread of a process wakes another and sleeps itself. Measured as a round trip of two. Keys: {@code threads},
 * {@code platform} (wired C-threads), {@code virtual} (C-threads multiplexed on kernel threads), or {@code mixed}, one of each
 * (maeda92 section 2.3).
 */
final class HandOff implements Primitive {
    private enum Kind {
        PLATFORM,
        VIRTUAL,
        MIXED
    }

    @Override
    public String name() {
        return "handOff";
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) {
        String threads = arguments.optional("threads").orElse("platform");
        arguments.requireNoOthers();
        for (Kind kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(threads)) {
                return new PingPong(kind);
            }
        }
        throw new UsageException("threads is \"" + threads + "\", which is none of platform, virtual, mixed");
    }

    /** Two threads, started for each trial. */
    private static final class PingPong implements Role {
        private final Kind kind;
        private final TrialRecord record = new TrialRecord();
        private volatile long turn;
        private volatile boolean closed;
        private volatile @Nullable Thread ping;
        private volatile @Nullable Thread pong;

        PingPong(Kind kind) {
            this.kind = kind;
        }

        @Override
        public Json trial(long operations) throws IOException, InterruptedException {
            ThreadFactory platform =
                    Thread.ofPlatform().daemon().name("hand-off").factory();
            ThreadFactory virtual = Thread.ofVirtual().name("hand-off").factory();
            turn = 0;
            record.start();
            Thread answering = (kind == Kind.PLATFORM ? platform : virtual).newThread(() -> answer(operations));
            Thread asking = (kind == Kind.VIRTUAL ? virtual : platform).newThread(() -> ask(operations));
            ping = asking;
            pong = answering;
            answering.start();
            asking.start();
            asking.join();
            answering.join();
            if (closed) {
                throw new IOException("the primitive was closed");
            }
            Json done = record.finish(operations);
            return done.put("nanosPerOperation", record.meanNs() / 2)
                    .put("medianNanosPerOperation", record.medianNs() / 2.0)
                    .put("operationsPerSample", 2)
                    .put("histogram", record.histogram());
        }

        private void ask(long operations) {
            for (long i = 0; i < operations && !closed; i++) {
                long startNs = System.nanoTime();
                turn = 2 * i + 1;
                LockSupport.unpark(pong);
                await(2 * i + 2);
                record.sample(System.nanoTime() - startNs);
            }
        }

        private void answer(long operations) {
            for (long i = 0; i < operations && !closed; i++) {
                await(2 * i + 1);
                turn = 2 * i + 2;
                LockSupport.unpark(ping);
            }
        }

        private void await(long number) {
            while (turn < number && !closed) {
                LockSupport.park(this);
            }
        }

        @Override
        public void close() {
            closed = true;
            LockSupport.unpark(ping);
            LockSupport.unpark(pong);
        }
    }
}
