package org.machbed.testbed.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.client.agent.SharedChannels;

/**
 * Two programs on a host that share a connection, and know no more of Machbed than how that is done.
 *
 * <pre>
 * first PORT TOKEN DONE   listening; answers a line of four octets, hands the connection over through the pipe TOKEN, waits for DONE
 * second TOKEN DONE       answers the next line
 * </pre>
 */
public final class SharingProgram {
    private static final int LINE_BYTES = 4;

    private SharingProgram() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("first")) {
            first(Integer.parseInt(arguments[1]), Path.of(arguments[2]), Path.of(arguments[3]));
        } else {
            second(Path.of(arguments[1]), Path.of(arguments[2]));
        }
    }

    private static void first(int port, Path token, Path done) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(port));
            System.out.println("listening");
            try (SocketChannel channel = listener.accept()) {
                answer(channel, "first ");
                Files.write(token, SharedChannels.handOver(channel));
                Files.readAllBytes(done);
            }
        }
    }

    private static void second(Path token, Path done) throws IOException {
        try (SocketChannel channel = (SocketChannel) SharedChannels.takeOver(Files.readAllBytes(token))) {
            Files.write(done, new byte[] {1});
            answer(channel, "second ");
        }
    }

    private static void answer(SocketChannel channel, String name) throws IOException {
        ByteBuffer line = ByteBuffer.allocate(LINE_BYTES);
        while (line.hasRemaining()) {
            if (channel.read(line) < 0) {
                throw new IOException("the stream ended within a line");
            }
        }
        channel.write(ByteBuffer.wrap(name.getBytes(StandardCharsets.US_ASCII)));
        channel.write(line.flip());
    }
}
