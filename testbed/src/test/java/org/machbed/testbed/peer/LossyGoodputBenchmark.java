package org.machbed.testbed.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goodput over a wire that loses frames both ways, at random by a seed: of Linux to Linux through two TAP devices joined by it, and
 * of Linux to and from {@code in-kernel} through one. Linux sends with the congestion control that it is configured with, which may
 * be one that does not heed losses, and with CUBIC, as ours. A transfer of each in turn; prints the medians and their ratios. No test:
 * it runs when it is named (docs/measuring.md).
 */
class LossyGoodputBenchmark {
    private static final int MTU = 1500;
    private static final String ADDRESS = UpHost.ADDRESS;
    private static final String CONGESTION_CONTROL = "/proc/sys/net/ipv4/tcp_congestion_control";
    private static final String ALLOWED = "/proc/sys/net/ipv4/tcp_allowed_congestion_control";
    private static final int WARM_UPS = 3;
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final long BYTES = 1_000_000L * Integer.getInteger("megabytes", 20);

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void goodputUnderLoss() throws Exception {
        Namespace.assumePossible();
        System.out.printf("%-22s %12s %12s %12s%n", "Mbit/s, medians of " + ROUNDS, "linux", "to ours", "from ours");
        for (String loss : System.getProperty("losses", "0,0.01,0.05").split(",", -1)) {
            compare(loss);
        }
    }

    /** Both pairs of hosts are up all the time, and warm; one transfer at a time. */
    private static void compare(String loss) throws Exception {
        String impairments = ",loss=" + loss + ",seed=1";
        try (UpHost host = UpHost.start("in-kernel", impairments);
                LinuxPair pair = LinuxPair.start(impairments)) {
            for (int i = 0; i < WARM_UPS; i++) {
                goodput(pair.client, "upload");
                goodput(host.linux(), "upload");
                goodput(host.linux(), "download");
            }
            var algorithms = new LinkedHashSet<String>();
            algorithms.add(pair.client.exec("cat", CONGESTION_CONTROL).strip());
            algorithms.add("cubic");
            for (String algorithm : algorithms) {
                if (!pair.client.exec("cat", ALLOWED).contains(algorithm)) {
                    System.out.printf("loss %s %s: not allowed in a namespace, see %s%n", loss, algorithm, ALLOWED);
                    continue;
                }
                use(algorithm, pair.client, host.linux());
                compare(loss + " " + algorithm, host, pair);
            }
        }
    }

    private static void use(String algorithm, Namespace... senders) throws Exception {
        for (Namespace sender : senders) {
            sender.exec("sh", "-c", "echo " + algorithm + " > " + CONGESTION_CONTROL);
        }
    }

    private static void compare(String name, UpHost host, LinuxPair pair) throws Exception {
        var linux = new ArrayList<Double>();
        var to = new ArrayList<Double>();
        var from = new ArrayList<Double>();
        for (int round = 0; round < ROUNDS; round++) {
            linux.add(goodput(pair.client, "upload"));
            to.add(goodput(host.linux(), "upload"));
            from.add(goodput(host.linux(), "download"));
        }
        double reference = median(linux);
        System.out.printf(
                "%-22s %12.0f %6.0f %4.2fx %6.0f %4.2fx%n",
                "loss " + name, reference, median(to), median(to) / reference, median(from), median(from) / reference);
    }

    /** Two Linux hosts on one wire of ours, the second with the small services. */
    private record LinuxPair(Process relay, Namespace client, Namespace server, Process services)
            implements AutoCloseable {
        static LinuxPair start(String impairments) throws Exception {
            String near = Namespace.newName();
            String far = Namespace.newName();
            Process relay = LossyGoodputBenchmark.start(
                    CommandLines.ours(TapRelay.class, "tap:" + near + impairments, "tap:" + far, "" + MTU));
            var client = new Namespace();
            var server = new Namespace();
            client.take(near, "192.0.2.1/24");
            server.take(far, ADDRESS + "/24");
            Process services =
                    server.start(CommandLines.ours(LinuxServices.class).toArray(String[]::new));
            awaitLine(services);
            return new LinuxPair(relay, client, server, services);
        }

        @Override
        public void close() throws IOException {
            for (Process process : List.of(services, relay)) {
                process.getOutputStream().close();
                try {
                    process.waitFor();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    process.destroy();
                }
            }
            client.close();
            server.close();
        }
    }

    private static double goodput(Namespace linux, String direction) throws Exception {
        String ns = linux.exec(CommandLines.program(GoodputClient.class, direction, ADDRESS, String.valueOf(BYTES)))
                .strip();
        return 8e3 * BYTES / Long.parseLong(ns);
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

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
