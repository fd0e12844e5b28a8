package org.machbed.testbed.machine;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/** What the machine says of itself. Whatever it does not say is "unknown". */
public final class Machine {
    private static final List<Path> THROTTLING =
            List.of(Path.of("/sys/fs/cgroup/cpu.stat"), Path.of("/sys/fs/cgroup/cpu/cpu.stat"));

    private static final int CAP_NET_RAW = 13;
    private static final int CAP_SYS_NICE = 23;

    private Machine() {}

    public static String cpuModel() {
        return valueAfterColon(Path.of("/proc/cpuinfo"), "model name");
    }

    public static String kernel() {
        return System.getProperty("os.name") + " " + System.getProperty("os.version");
    }

    public static String jdk() {
        return System.getProperty("java.runtime.version") + " (" + System.getProperty("java.vm.vendor") + ")";
    }

    public static String clock() {
        return firstLine(Path.of("/sys/devices/system/clocksource/clocksource0/current_clocksource"));
    }

    /** Longest IP datagram that its own loopback interface takes whole; empty where it has none, or does not say. */
    public static OptionalInt loopbackMtuBytes() {
        try {
            for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
                if (one.isLoopback()) {
                    return OptionalInt.of(one.getMTU());
                }
            }
        } catch (SocketException e) {
            // Then nobody knows.
        }
        return OptionalInt.empty();
    }

    /** How many threads ran or waited for a CPU, averaged over the last minute; -1 where nobody tells. */
    public static double load() {
        String averages = firstLine(Path.of("/proc/loadavg"));
        return averages.equals("unknown") ? -1 : Double.parseDouble(averages.split(" ", -1)[0]);
    }

    /** Bytes of memory that can be had without swapping, or -1. */
    public static long availableMemoryBytes() {
        String value = valueAfterColon(Path.of("/proc/meminfo"), "MemAvailable");
        return value.equals("unknown") ? -1 : Long.parseLong(value.split(" ", -1)[0]) * 1024;
    }

    public static long totalMemoryBytes() {
        String value = valueAfterColon(Path.of("/proc/meminfo"), "MemTotal");
        return value.equals("unknown") ? -1 : Long.parseLong(value.split(" ", -1)[0]) * 1024;
    }

    /** Whether the launcher may do what only root may: hold the latency request, grant real-time priority. */
    public static boolean root() {
        return valueAfterColon(Path.of("/proc/self/status"), "Uid").startsWith("0\t")
                || valueAfterColon(Path.of("/proc/self/status"), "Uid").equals("0");
    }

    /** Whether processes that we start may have real-time priority: CAP_SYS_NICE (capabilities(7)). */
    public static boolean mayRaisePriority() {
        return hasCapability(CAP_SYS_NICE);
    }

    /** Whether processes that we start may open packet sockets: CAP_NET_RAW. */
    public static boolean mayOpenPacketSockets() {
        return hasCapability(CAP_NET_RAW);
    }

    private static boolean hasCapability(int number) {
        String effective = valueAfterColon(Path.of("/proc/self/status"), "CapEff");
        return !effective.equals("unknown") && (Long.parseUnsignedLong(effective, 16) >>> number & 1) == 1;
    }

    /** How often our control group has been throttled; 0 where nobody counts. */
    public static long throttled() {
        for (Path file : THROTTLING) {
            try {
                for (String line : Files.readString(file).split("\n", -1)) {
                    if (line.startsWith("nr_throttled ")) {
                        return Long.parseLong(
                                line.substring("nr_throttled ".length()).strip());
                    }
                }
            } catch (IOException e) {
                // This version of control groups is not mounted here.
            }
        }
        return 0;
    }

    private static String valueAfterColon(Path file, String key) {
        try {
            return Files.readString(file)
                    .lines()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static String firstLine(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
