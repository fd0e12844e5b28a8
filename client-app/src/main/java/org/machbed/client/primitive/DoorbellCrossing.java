package org.machbed.client.primitive;

import java.io.IOException;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * {@code doorbell}: a ring in one process until the await in another returns. Measured as a round trip of two, which counts as two
 * operations; whether on one CPU or two is the launcher's to say.
 */
final class DoorbellCrossing implements Primitive {
    private static final long LOOK_NS = 100_000_000L;

    @Override
    public String name() {
        return "doorbell";
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        SharedWords words = SharedWords.create(surroundings.host(), "doorbell");
        Doorbell request = new Doorbell(words.memory().segment(), 0);
        Doorbell reply = new Doorbell(words.memory().segment(), Doorbell.BYTES);
        TimedRole.Operation echo = () -> {
            await(request, words);
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
            await(reply, words);
        };
        return new TimedRole(name(), 2, roundTrip, words::close);
    }

    private static void await(Doorbell doorbell, SharedWords words) throws IOException {
        while (!doorbell.await(LOOK_NS)) {
            words.requireOpen();
        }
    }
}
