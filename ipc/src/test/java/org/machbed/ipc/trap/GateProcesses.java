package org.machbed.ipc.trap;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** The processes of {@link CallGateTest}. */
final class GateProcesses {
    static final int ADD = 1;
    static final int INCREMENT_DATA = 2;
    static final int WAIT = 3;
    static final int RELEASE = 4;
    static final int FAIL = 5;

    private GateProcesses() {}

    /** Serves additions and data at once, waits until released. */
    static final class Handler implements TrapHandler {
        final List<TrapFrame> waiting = new ArrayList<>();
        final List<Integer> deaths = new ArrayList<>();

        @Override
        public void onTrap(TrapFrame frame) {
            switch (frame.number()) {
                case 0 -> frame.complete(0);
                case ADD -> frame.complete(frame.a0() + frame.a1() + frame.a2() + frame.a3() + frame.a4() + frame.a5());
                case INCREMENT_DATA -> incrementData(frame);
                case WAIT -> keep(frame);
                case RELEASE -> release(frame);
                case FAIL -> throw new IllegalStateException("a handler that fails");
                default -> frame.refuse();
            }
        }

        private static void incrementData(TrapFrame frame) {
            long length = frame.a0();
            if (length < 0 || length > frame.data().byteSize()) {
                frame.refuse();
                return;
            }
            for (long i = 0; i < length; i++) {
                frame.data().set(ValueLayout.JAVA_BYTE, i, (byte) (frame.data().get(ValueLayout.JAVA_BYTE, i) + 1));
            }
            frame.complete(length);
        }

        private synchronized void keep(TrapFrame frame) {
            waiting.add(frame);
            notifyAll();
        }

        private synchronized void release(TrapFrame frame) {
            frame.complete(waiting.size());
            completeWaiting(frame.a0());
        }

        synchronized void completeWaiting(long result) {
            waiting.forEach(each -> each.complete(result));
            waiting.clear();
        }

        synchronized void awaitWaiting(int count) throws InterruptedException {
            while (waiting.size() < count) {
                wait();
            }
        }

        @Override
        public synchronized void onCallerDeath(int caller) {
            deaths.add(caller);
            waiting.removeIf(frame -> {
                if (frame.caller() != caller) {
                    return false;
                }
                frame.complete(-4);
                return true;
            });
            notifyAll();
        }

        synchronized int awaitDeath() throws InterruptedException {
            while (deaths.isEmpty()) {
                wait();
            }
            return deaths.getLast();
        }
    }

    /** A kernel: arguments are gate, slots. */
    static final class Kernel {
        public static void main(String[] arguments) throws Exception {
            try (CallGate gate = CallGate.create(Path.of(arguments[0]), Integer.parseInt(arguments[1]), 4096);
                    TrapService service = new TrapService(gate, new Handler())) {
                System.out.println("READY");
                service.runLoop();
            }
        }
    }

    /** Calls from several threads and checks each answer: arguments are gate, threads, calls of each. */
    static final class Callers {
        public static void main(String[] arguments) throws Exception {
            int threads = Integer.parseInt(arguments[1]);
            int calls = Integer.parseInt(arguments[2]);
            AtomicLong wrong = new AtomicLong();
            try (CallGate gate = CallGate.open(Path.of(arguments[0]));
                    TrapCaller caller = gate.caller()) {
                List<Thread> all = new ArrayList<>();
                for (int t = 0; t < threads; t++) {
                    int thread = t;
                    all.add(Thread.ofPlatform().start(() -> {
                        for (int i = 0; i < calls; i++) {
                            if (!checks(caller, thread, i)) {
                                wrong.incrementAndGet();
                            }
                        }
                    }));
                }
                for (Thread each : all) {
                    each.join();
                }
            }
            System.out.println("WRONG " + wrong);
        }

        private static boolean checks(TrapCaller caller, int thread, int i) {
            if (i % 10 != 0) {
                return caller.trap(ADD, thread, i, 3, 4, 5, 6) == thread + i + 18;
            }
            try (TrapSlot slot = caller.claim()) {
                int length = 1 + i % 100;
                for (int at = 0; at < length; at++) {
                    slot.data().set(ValueLayout.JAVA_BYTE, at, (byte) (thread + at));
                }
                boolean right = slot.call(INCREMENT_DATA, length) == length;
                for (int at = 0; at < length; at++) {
                    right &= slot.data().get(ValueLayout.JAVA_BYTE, at) == (byte) (thread + at + 1);
                }
                return right;
            }
        }
    }

    /** Calls once, says so before, and prints the result or the exception: arguments are gate, trap number. */
    static final class OneCall {
        public static void main(String[] arguments) throws Exception {
            try (CallGate gate = CallGate.open(Path.of(arguments[0]));
                    TrapCaller caller = gate.caller()) {
                System.out.println("CALLING");
                System.out.println("RESULT " + caller.trap(Integer.parseInt(arguments[1])));
            } catch (TrapException e) {
                System.out.println(e.getClass().getSimpleName());
            }
        }
    }
}
