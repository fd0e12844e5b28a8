package org.machbed.testbed.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * A program on the Linux side that moves bytes to discard or from chargen, and prints how long that took, in ns.
 *
 * <pre>
 * upload HOST BYTES      until the peer has closed, which it does when it has everything
 * download HOST BYTES    until so many have come; resets the connection
 * </pre>
 */
final class GoodputClient {
    private static final int DISCARD = 9;
    private static final int CHARGEN = 19;
    private static final int CHUNK_BYTES = 64 * 1024;

    private GoodputClient() {}

    public static void main(String[] arguments) throws IOException {
        String host = arguments[1];
        long bytes = Long.parseLong(arguments[2]);
        long startNs = System.nanoTime();
        switch (arguments[0]) {
            case "upload" -> upload(host, bytes);
            case "download" -> download(host, bytes);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.out.println(System.nanoTime() - startNs);
    }

    private static void upload(String host, long bytes) throws IOException {
        try (Socket socket = new Socket(host, DISCARD)) {
            OutputStream out = socket.getOutputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long left = bytes; left > 0; left -= chunk.length) {
                out.write(chunk, 0, (int) Math.min(chunk.length, left));
            }
            socket.shutdownOutput();
            if (socket.getInputStream().read() >= 0) {
                throw new IOException("discard answered");
            }
        }
    }

    private static void download(String host, long bytes) throws IOException {
        try (Socket socket = new Socket(host, CHARGEN)) {
            InputStream in = socket.getInputStream();
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long left = bytes; left > 0; ) {
                int length = in.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (length < 0) {
                    throw new IOException("chargen ended with " + left + " bytes missing");
                }
                left -= length;
            }
            socket.setSoLinger(true, 0);
        }
    }
}
