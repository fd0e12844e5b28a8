package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goodput over a wire that loses frames both ways, at random by a seed: of Linux to Linux through two TAP devices joined by it, and
 * of Linux to and from {@code in-kernel} through one. A transfer of each in turn; prints the medians and their ratios. No test: it
 * runs when it is named (docs/measuring.md).
 */
class LossyGoodputBenchmark {
    private static final int MTU = 1500;
    private static final String ADDRESS = UpHost.ADDRESS;
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final long BYTES = 1_000_000L * Integer.getInteger("megabytes", 20);

    @Test
    void goodputUnderLoss() throws Exception {
        Namespace.assumePossible();
        System.out.printf("%-22s %12s %12s %12s%n", "Mbit/s, medians of " + ROUNDS, "linux", "to ours", "from ours");
        for (String loss : List.of("0", "0.01", "0.05")) {
            compare(loss, BYTES, ROUNDS);
        }
    }

    private static void compare(String loss, long bytes, int rounds) throws Exception {
        var linux = new ArrayList<Double>();
        var to = new ArrayList<Double>();
        var from = new ArrayList<Double>();
        for (int round = 0; round < rounds; round++) {
            String impairments = ",loss=" + loss + ",seed=" + (round + 1);
            linux.add(betweenLinux(impairments, bytes));
            try (UpHost host = UpHost.start("in-kernel", impairments)) {
                to.add(goodput(host.linux(), "upload", bytes));
                from.add(goodput(host.linux(), "download", bytes));
            }
        }
        double reference = median(linux);
        System.out.printf(
                "%-22s %12.0f %6.0f %4.2fx %6.0f %4.2fx%n",
                "loss " + loss, reference, median(to), median(to) / reference, median(from), median(from) / reference);
    }

    private static double betweenLinux(String impairments, long bytes) throws Exception {
        String near = Namespace.newName();
        String far = Namespace.newName();
        Process relay = start(CommandLines.ours(TapRelay.class, "tap:" + near + impairments, "tap:" + far, "" + MTU));
        try (Namespace client = new Namespace();
                Namespace server = new Namespace()) {
            client.take(near, "192.0.2.1/24");
            server.take(far, ADDRESS + "/24");
            Process services =
                    server.start(CommandLines.ours(LinuxServices.class).toArray(String[]::new));
            try {
                awaitLine(services);
                return goodput(client, "upload", bytes);
            } finally {
                end(services);
            }
        } finally {
            end(relay);
        }
    }

    private static double goodput(Namespace linux, String direction, long bytes) throws Exception {
        String ns = linux.exec(CommandLines.program(GoodputClient.class, direction, ADDRESS, String.valueOf(bytes)))
                .strip();
        return 8e3 * bytes / Long.parseLong(ns);
    }

    private static Process start(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        awaitLine(process);
        return process;
    }

    private static void awaitLine(Process process) throws IOException {
        var reader = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        if (reader.readLine() == null) {
            throw new IOException("a process of the benchmark ended early");
        }
    }

    private static void end(Process process) throws IOException, InterruptedException {
        process.getOutputStream().close();
        process.waitFor();
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
