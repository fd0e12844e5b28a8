package org.machbed.client.topology;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.machbed.client.session.SessionConfiguration;
import org.machbed.client.session.SessionSocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;

/**
 * An application on host a that sends a pattern to host b for as long as it lives, and notes in a mapped file, after each
 * call, how many bytes were taken. Arguments: host directory, port, file.
 */
final class KilledSender {
    static final int CHUNK_BYTES = 1_000;

    private KilledSender() {}

    /** The byte of the stream at an offset. */
    static byte byteAt(long offset) {
        return (byte) (offset * 31 + (offset >>> 8));
    }

    public static void main(String[] arguments) throws Exception {
        Duration limit = Duration.ofSeconds(10);
        StackConfiguration stack = new StackConfiguration(
                MacAddress.parse("02:00:00:00:00:01"), Ipv4Address.parse("192.0.2.1"), 24, 0, 1_500, 1, true);
        HostDirectory host = HostDirectory.open(Path.of(arguments[0]));
        try (FileChannel file = FileChannel.open(
                        Path.of(arguments[2]),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                SessionSocketLayer layer = SessionSocketLayer.open(new SessionConfiguration(
                        host, MachTransport.GRPC, QueueKind.RING, stack, limit, limit, Crossings.unshared()))) {
            ByteBuffer count =
                    file.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES).order(ByteOrder.nativeOrder());
            int socket = layer.streamSocket();
            layer.connectStream(socket, Ipv4Address.parse("192.0.2.2"), Integer.parseInt(arguments[1]), true);
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            for (long sent = 0; ; sent += CHUNK_BYTES) {
                for (int i = 0; i < CHUNK_BYTES; i++) {
                    chunk.put(i, byteAt(sent + i));
                }
                int taken = layer.sendStream(socket, chunk, true);
                if (taken != CHUNK_BYTES) {
                    throw new IllegalStateException(taken + " bytes of a chunk were taken");
                }
                count.putLong(0, sent + CHUNK_BYTES);
            }
        }
    }
}
