package org.machbed.client.primitive;

import java.io.IOException;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * {@code doorbell}: a ring in one process until the await in another returns; {@code polledDoorbell}: until another that polls has found
 * it. Measured as a round trip of two, which counts as two operations; whether on one CPU or two is the launcher's to say.
 */
final class DoorbellCrossing implements Primitive {
    private static final long LOOK_NS = 100_000_000L;

    /** Looks before one that polls offers its CPU to whoever is to ring: it may be the only one. */
    private static final int LOOKS = 1_000;

    private final String name;
    private final Waiting waiting;

    private DoorbellCrossing(String name, Waiting waiting) {
        this.name = name;
        this.waiting = waiting;
    }

    /** Who waits sleeps. */
    static DoorbellCrossing blocking() {
        return new DoorbellCrossing("doorbell", DoorbellCrossing::await);
    }

    /** Who waits polls. */
    static DoorbellCrossing polling() {
        return new DoorbellCrossing("polledDoorbell", DoorbellCrossing::poll);
    }

    private interface Waiting {
        void forRing(Doorbell doorbell, SharedWords words) throws IOException;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        SharedWords words = SharedWords.create(surroundings.host(), name);
        Doorbell request = new Doorbell(words.memory().segment(), 0);
        Doorbell reply = new Doorbell(words.memory().segment(), Doorbell.BYTES);
        TimedRole.Operation echo = () -> {
            waiting.forRing(request, words);
            reply.ring();
        };
        return new EchoRole(name(), SharedWords.KEY, words.memory().path().toString(), echo, words::close);
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        SharedWords words = SharedWords.open(arguments);
        arguments.requireNoOthers();
        Doorbell request = new Doorbell(words.memory().segment(), 0);
        Doorbell reply = new Doorbell(words.memory().segment(), Doorbell.BYTES);
        TimedRole.Operation roundTrip = () -> {
            request.ring();
            waiting.forRing(reply, words);
        };
        return new TimedRole(name(), 2, roundTrip, words::close);
    }

    private static void await(Doorbell doorbell, SharedWords words) throws IOException {
        while (!doorbell.await(LOOK_NS)) {
            words.requireOpen();
        }
    }

    @SuppressWarnings(
            "ThreadPriorityCheck") // Not for speed: where there is one CPU, nothing else lets the other side run.
    private static void poll(Doorbell doorbell, SharedWords words) throws IOException {
        for (int look = 1; !doorbell.tryAwait(); look++) {
            words.requireOpen();
            if (look % LOOKS == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
