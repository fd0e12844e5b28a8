package org.machbed.client.primitive;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.machbed.ipc.memory.Futex;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;

/**
 * {@code bareFutexRoundTrip}: two processes hand over to each other through a word of shared memory each, by one futex wake and one
 * futex wait; what a trap is compared with.
 */
final class FutexRoundTrip implements Primitive {
    private static final VarHandle WORD = ValueLayout.JAVA_INT.varHandle();
    private static final long REQUEST = 0;
    private static final long REPLY = 64;
    private static final long LOOK_NS = 100_000_000L;

    @Override
    public String name() {
        return "bareFutexRoundTrip";
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        SharedWords words = SharedWords.create(surroundings.host(), "futex");
        Side side = new Side(words, REPLY, REQUEST);
        TimedRole.Operation echo = () -> {
            side.number++;
            side.await();
            side.hand();
        };
        return new EchoRole(name(), SharedWords.KEY, words.memory().path().toString(), echo, words::close);
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        SharedWords words = SharedWords.open(arguments);
        arguments.requireNoOthers();
        Side side = new Side(words, REQUEST, REPLY);
        TimedRole.Operation roundTrip = () -> {
            side.number++;
            side.hand();
            side.await();
        };
        return new TimedRole(name(), 1, roundTrip, words::close);
    }

    /** One side: a word to write, a word to wait on, and the number that both carry when an operation is through. */
    private static final class Side {
        private final SharedWords words;
        private final MemorySegment memory;
        private final long out;
        private final long in;
        private final long outAddress;
        private final long inAddress;
        private int number;

        Side(SharedWords words, long out, long in) {
            this.words = words;
            this.memory = words.memory().segment();
            this.out = out;
            this.in = in;
            this.outAddress = Futex.address(memory, out);
            this.inAddress = Futex.address(memory, in);
        }

        void hand() {
            WORD.setVolatile(memory, out, number);
            Futex.wake(outAddress, 1);
        }

        void await() throws IOException {
            while ((int) WORD.getVolatile(memory, in) != number) {
                Futex.await(inAddress, number - 1, LOOK_NS);
                words.requireOpen();
            }
        }
    }
}
