package org.machbed.client.topology;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.machbed.client.binding.ApplicationSockets;
import org.machbed.client.channel.LendingChannels;
import org.machbed.client.channel.LentBuffer;
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
 * An application on host a that sends {@link KilledSender#byteAt} to host b in buffers of the library, composes one more, says so and
 * sends it not. Arguments: host directory, port.
 */
final class KilledLender {
    static final int SENT_BYTES = 100_000;

    private KilledLender() {}

    public static void main(String[] arguments) throws Exception {
        Duration limit = Duration.ofSeconds(10);
        StackConfiguration stack = new StackConfiguration(
                MacAddress.parse("02:00:00:00:00:01"), Ipv4Address.parse("192.0.2.1"), 24, 0, 1_500, 1, true);
        HostDirectory host = HostDirectory.open(Path.of(arguments[0]));
        SessionSocketLayer layer = SessionSocketLayer.open(new SessionConfiguration(
                host, MachTransport.GRPC, QueueKind.RING, stack, limit, limit, Crossings.unshared()));
        try (ApplicationSockets sockets = ApplicationSockets.of(layer, layer::tellCounters);
                SocketChannel channel = sockets.provider().openSocketChannel()) {
            channel.connect(new InetSocketAddress("192.0.2.2", Integer.parseInt(arguments[1])));
            for (int sent = 0; sent < SENT_BYTES; ) {
                LentBuffer room = compose(channel, sent, SENT_BYTES - sent);
                sent += LendingChannels.write(channel, room);
            }
            LentBuffer unsent = compose(channel, SENT_BYTES, 5_000);
            System.out.println("COMPOSED");
            Thread.sleep(Duration.ofMinutes(1));
            unsent.giveBack();
        }
    }

    private static LentBuffer compose(SocketChannel channel, int from, int bytes) throws Exception {
        LentBuffer room = Objects.requireNonNull(LendingChannels.allocate(channel, Math.min(bytes, 7_000)));
        ByteBuffer target = room.bytes();
        for (int at = from; target.hasRemaining(); at++) {
            target.put(KilledSender.byteAt(at));
        }
        return room;
    }
}
