package org.machbed.client.workload;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

/** The workloads by their names: what two applications can be told to do with each other. */
public final class Workloads {
    private Workloads() {}

    /**
     * Opens the side that answers.
     *
     * @throws UsageException when there is no workload of that name, or with what is wrong in its arguments
     */
    public static Role serve(String workload, SelectorProvider provider, Buffers buffers, CommandArguments arguments)
            throws IOException {
        return switch (workload) {
            case UdpRoundTrips.NAME -> UdpRoundTrips.serve(provider, buffers, arguments);
            case TcpRoundTrips.NAME -> TcpRoundTrips.serve(provider, buffers, arguments);
            case TcpStreams.NAME -> TcpStreams.serve(provider, buffers, arguments);
            default -> throw unknown(workload);
        };
    }

    /**
     * Opens the side that begins and measures.
     *
     * @throws UsageException as {@link #serve}
     */
    public static Role connect(String workload, SelectorProvider provider, Buffers buffers, CommandArguments arguments)
            throws IOException {
        return switch (workload) {
            case UdpRoundTrips.NAME -> UdpRoundTrips.connect(provider, buffers, arguments);
            case TcpRoundTrips.NAME -> TcpRoundTrips.connect(provider, buffers, arguments);
            case TcpStreams.NAME -> TcpStreams.connect(provider, buffers, arguments);
            default -> throw unknown(workload);
        };
    }

    private static UsageException unknown(String workload) {
        return new UsageException("there is no workload \"" + workload + "\"; there are " + UdpRoundTrips.NAME + ", "
                + TcpRoundTrips.NAME + " and " + TcpStreams.NAME);
    }
}
