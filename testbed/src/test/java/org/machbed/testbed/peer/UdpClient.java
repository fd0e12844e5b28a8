package org.machbed.testbed.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** A program on the Linux side: asks each service over UDP once or more, and tells what it answered. */
final class UdpClient {
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int[] SIZES = {1, 1_472, 9_000};

    private UdpClient() {}

    public static void main(String[] arguments) throws IOException {
        String host = arguments[0];
        for (int size : SIZES) {
            byte[] data = new byte[size];
            new SplittableRandom(size).nextBytes(data);
            boolean same = ByteBuffer.wrap(data).equals(ByteBuffer.wrap(ask(host, 7, data)));
            System.out.println("echo " + size + ": " + (same ? "same" : "different"));
        }
        System.out.println("daytime: " + new String(ask(host, 13, new byte[1]), StandardCharsets.US_ASCII).strip());
        String lines = new String(ask(host, 19, new byte[1]), StandardCharsets.US_ASCII);
        System.out.println("chargen: " + (asTheRfcHasIt(lines) ? "as RFC 864 has it" : lines));
        System.out.println("discard: " + (silent(host) ? "silent" : "not silent"));
    }

    private static byte[] ask(String host, int port, byte[] data) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.connect(new InetSocketAddress(host, port));
            channel.write(ByteBuffer.wrap(data));
            byte[] answer = new byte[65_535];
            var packet = new java.net.DatagramPacket(answer, answer.length);
            channel.socket().setSoTimeout(PATIENCE_MILLIS);
            channel.socket().receive(packet);
            return java.util.Arrays.copyOf(answer, packet.getLength());
        }
    }

    private static boolean asTheRfcHasIt(String lines) {
        var pattern = new StringBuilder();
        for (int line = 0; line < 8; line++) {
            for (int i = 0; i < 72; i++) {
                pattern.append((char) (' ' + (line + i) % 95));
            }
            pattern.append("\r\n");
        }
        return lines.length() <= 512 && pattern.toString().startsWith(lines);
    }

    /** The answer to a datagram that was sent after it comes, and nothing of discard. */
    private static boolean silent(String host) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
            channel.bind(new InetSocketAddress(0));
            channel.send(ByteBuffer.wrap(new byte[] {9}), new InetSocketAddress(host, 9));
            channel.send(ByteBuffer.wrap(new byte[] {7}), new InetSocketAddress(host, 7));
            var packet = new java.net.DatagramPacket(new byte[2], 2);
            channel.socket().setSoTimeout(PATIENCE_MILLIS);
            channel.socket().receive(packet);
            return packet.getPort() == 7;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }
}
