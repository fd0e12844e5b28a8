package org.machbed.testbed.calibrate;

import java.nio.file.Path;
import java.util.List;
import org.machbed.testbed.launch.HostSettings;

/**
 * The Unix server that takes part in a calibration, to time what only it has. It owns the driver of a wire of its own that nobody
 * else is on, so it needs nothing of the kernel-node but its ports.
 */
final class ServerParty {
    static final String NAME = "server";

    private ServerParty() {}

    /**
     * Its command line, besides what every process has.
     *
     * @param hostDirectory where the wire's memory goes, too
     */
    static List<String> arguments(HostSettings host, Path hostDirectory) {
        return List.of(
                "--server=unix",
                "--ipc=grpc",
                "--transmit=call",
                "--receive=call",
                "--wire=segment:" + hostDirectory.resolve("wire"),
                "--mac=" + host.mac(),
                "--address=" + host.addressWithPrefix());
    }
}
