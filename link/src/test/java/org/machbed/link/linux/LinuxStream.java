package org.machbed.link.linux;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;

/** A TCP stream from one Linux host to another. */
final class LinuxStream {
    private static final int PORT = 5_001;
    private static final int CHUNK_BYTES = 1 << 16;

    private LinuxStream() {}

    static byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        new SplittableRandom(1).nextBytes(bytes);
        return bytes;
    }

    /** Sends; answers the SHA-256 of what arrived. */
    static String transfer(Namespace from, Namespace to, String address, byte[] sent) throws Exception {
        try (ServerSocketChannel server = to.call(ServerSocketChannel::open)) {
            server.bind(new InetSocketAddress(address, PORT));
            FutureTask<String> arrived = new FutureTask<>(() -> digestOf(server));
            Thread.ofPlatform().start(arrived);
            from.call(() -> {
                try (SocketChannel client = SocketChannel.open(new InetSocketAddress(address, PORT))) {
                    ByteBuffer data = ByteBuffer.wrap(sent);
                    while (data.hasRemaining()) {
                        client.write(data);
                    }
                }
                return null;
            });
            return arrived.get();
        }
    }

    private static String digestOf(ServerSocketChannel server) throws Exception {
        try (SocketChannel peer = server.accept()) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            while (read(peer, chunk)) {
                digest.update(chunk.flip());
            }
            return HexFormat.of().formatHex(digest.digest());
        }
    }

    private static boolean read(SocketChannel peer, ByteBuffer chunk) throws IOException {
        return peer.read(chunk.clear()) >= 0;
    }
}
