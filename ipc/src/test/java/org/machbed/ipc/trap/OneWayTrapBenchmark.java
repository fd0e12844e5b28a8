package org.machbed.ipc.trap;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.machbed.ipc.doorbell.Doorbell;

/**
 * A round trip of a caller that starts the kernel and then waits for a doorbell, which the kernel rings: with a
 * trap that is waited for, and with one that is not. The answer comes after the trap is done, as one from another host does, or while
 * it is served. Two threads of one process. Run without arguments, pinned to one CPU
 * as a host is; prints the median and the least of the turns in us a round trip.
 */
public final class OneWayTrapBenchmark {
    private static final int TURNS = 25;
    private static final int ROUND_TRIPS = 20_000;

    private OneWayTrapBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path path = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-bench");
        Doorbell answers = new Doorbell(Arena.ofAuto().allocate(Doorbell.BYTES, Doorbell.BYTES), 0);
        try (CallGate gate = CallGate.create(path.resolve("gate"), 4)) {
            TrapService service = new TrapService(gate, frame -> {
                boolean isAnswerFirst = frame.a0() != 0;
                if (isAnswerFirst) {
                    answers.ring();
                }
                frame.complete(0);
                if (!isAnswerFirst) {
                    answers.ring();
                }
            });
            Thread kernel = Thread.ofPlatform().daemon().start(service::runLoop);
            try (TrapCaller caller = gate.caller();
                    OneWayTrap oneWay = caller.oneWay(1)) {
                compare(caller, oneWay, answers, 0, "answer after the trap");
                compare(caller, oneWay, answers, 1, "answer within the trap");
            }
            service.stop();
            kernel.join();
            service.close();
            gate.unlink();
        } finally {
            try (var files = Files.list(path)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(path);
        }
    }

    private static void compare(TrapCaller caller, OneWayTrap oneWay, Doorbell answers, long order, String name) {
        double[] waiting = new double[TURNS];
        double[] posted = new double[TURNS];
        for (int turn = -5; turn < TURNS; turn++) {
            int at = Math.max(turn, 0);
            waiting[at] = turn(() -> caller.trap(1, order), answers);
            posted[at] = turn(() -> oneWay.call(order), answers);
        }
        print(name + ", waited for", waiting);
        print(name + ", not waited for", posted);
    }

    private static double turn(Runnable start, Doorbell answers) {
        long startNs = System.nanoTime();
        for (int i = 0; i < ROUND_TRIPS; i++) {
            start.run();
            answers.await();
        }
        return (System.nanoTime() - startNs) / 1_000.0 / ROUND_TRIPS;
    }

    private static void print(String name, double... turns) {
        Arrays.sort(turns);
        System.out.printf("%-40s median %6.2f least %6.2f%n", name, turns[TURNS / 2], turns[0]);
    }
}
