package org.machbed.testbed.peer;

import java.nio.channels.spi.SelectorProvider;
import org.machbed.client.service.Services;

/** The small services on a Linux host's own sockets, until standard input ends. */
final class LinuxServices {
    private LinuxServices() {}

    public static void main(String[] arguments) throws Exception {
        try (Services services = Services.open(SelectorProvider.provider(), LinuxServices::complain)) {
            System.out.println(services.describe());
            while (System.in.read() >= 0) {
                // Nothing that comes means anything.
            }
        }
    }

    private static void complain(String failure) {
        System.err.println(failure);
    }
}
