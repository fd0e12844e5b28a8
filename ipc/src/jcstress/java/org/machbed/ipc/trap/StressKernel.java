package org.machbed.ipc.trap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A kernel behind a call gate, one for all tests of a virtual machine because a gate is a file: two threads serve its traps.
 * Its files have no names by the time that it serves.
 */
final class StressKernel implements TrapHandler {
    /** Answers twice its argument. */
    static final int TWICE = 1;
    /** Answers twice what lies first in the slot's data, and leaves three times that there. */
    static final int TWICE_THE_DATA = 2;
    /** Waits, as a continuation, for what is sent to the mailbox of its argument. */
    static final int RECEIVE = 3;
    /** Sends its second argument to the mailbox of its first. */
    static final int SEND = 4;

    private static final int SERVICE_THREADS = 2;
    private static final long EMPTY = -1;

    /** What one mailbox waits for, whichever came first. */
    private static final class Mailbox {
        private @Nullable TrapFrame receiver;
        private long sent = EMPTY;
    }

    private final Map<Long, Mailbox> mailboxes = new HashMap<>(); // guarded by itself

    private StressKernel() {}

    /** A caller of a fresh kernel whose gate has so many slots. */
    static TrapCaller callerOfKernelWith(int slots) {
        try {
            Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-stress-");
            Path path = directory.resolve("gate");
            try {
                CallGate gate = CallGate.create(path, slots, 64);
                TrapService service = new TrapService(gate, new StressKernel());
                for (int i = 0; i < SERVICE_THREADS; i++) {
                    Thread.ofPlatform().daemon().name("trap-service-" + i).start(service::runLoop);
                }
                return gate.caller();
            } finally {
                Files.deleteIfExists(path);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void onTrap(TrapFrame frame) {
        switch (frame.number()) {
            case TWICE -> frame.complete(2 * frame.a0());
            case TWICE_THE_DATA -> {
                long value = frame.dataBuffer().getLong(0);
                frame.dataBuffer().putLong(0, 3 * value);
                frame.complete(2 * value);
            }
            case RECEIVE -> receive(frame);
            case SEND -> send(frame);
            default -> frame.refuse();
        }
    }

    private void receive(TrapFrame frame) {
        long sent;
        synchronized (mailboxes) {
            Mailbox mailbox = mailboxes.computeIfAbsent(frame.a0(), k -> new Mailbox());
            mailbox.receiver = frame;
            sent = mailbox.sent;
            if (sent != EMPTY) {
                mailboxes.remove(frame.a0());
            }
        }
        if (sent != EMPTY) {
            frame.complete(sent);
        }
    }

    private void send(TrapFrame frame) {
        @Nullable TrapFrame receiver;
        long value = frame.a1();
        synchronized (mailboxes) {
            Mailbox mailbox = mailboxes.computeIfAbsent(frame.a0(), k -> new Mailbox());
            mailbox.sent = value;
            receiver = mailbox.receiver;
            if (receiver != null) {
                mailboxes.remove(frame.a0());
            }
        }
        if (receiver != null) {
            receiver.complete(value);
        }
        frame.complete(0);
    }

    @Override
    public void onCallerDeath(int caller) {
        throw new IllegalStateException("caller " + caller + " of this very process died");
    }
}
