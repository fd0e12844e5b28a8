package org.machbed.testbed.peer;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A program on the Linux side that uses the services over TCP.
 *
 * <pre>
 * parallel HOST CONNECTIONS BYTES   all open, and how many got their bytes back
 * chargen HOST BYTES                half (when half is here), whether they were as RFC 864 has them; resets the connection
 * </pre>
 */
final class TcpClient {
    private static final int ECHO = 7;
    private static final int CHARGEN = 19;
    private static final int CHUNK_BYTES = 64 * 1024;

    private TcpClient() {}

    public static void main(String[] arguments) throws Exception {
        String host = arguments[1];
        int number = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case "parallel" -> parallel(host, number, Integer.parseInt(arguments[3]));
            case "chargen" -> chargen(host, number);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static String send(Socket socket, int bytes, long seed) throws IOException {
        var content = new Content(seed);
        content.send(socket.getOutputStream(), bytes);
        socket.shutdownOutput();
        return content.digest();
    }

    private static void parallel(String host, int connections, int bytes) throws Exception {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            var socket = new Socket();
            socket.connect(new InetSocketAddress(host, ECHO));
            sockets.add(socket);
        }
        System.out.println("all open");
        int same = 0;
        try (ExecutorService executor = Executors.newCachedThreadPool()) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Socket socket = sockets.get(i);
                int seed = i;
                tasks.add(() -> echoes(socket, bytes, seed));
            }
            for (Future<Boolean> result : executor.invokeAll(tasks)) {
                same += result.get() ? 1 : 0;
            }
        }
        System.out.println("same " + same);
    }

    private static boolean echoes(Socket socket, int bytes, int seed) throws Exception {
        try (socket;
                ExecutorService sender = Executors.newCachedThreadPool()) {
            Future<String> sent = sender.submit(() -> send(socket, bytes, seed));
            return Content.digest(socket.getInputStream()).equals(sent.get());
        }
    }

    private static void chargen(String host, int bytes) throws IOException {
        try (Socket socket = new Socket(host, CHARGEN)) {
            var in = new BufferedInputStream(socket.getInputStream(), CHUNK_BYTES);
            boolean right = true;
            for (int i = 0; i < bytes; i++) {
                int column = i % 74;
                int wanted = column == 72 ? '\r' : column == 73 ? '\n' : ' ' + (i / 74 + column) % 95;
                right &= in.read() == wanted;
                if (i == bytes / 2) {
                    System.out.println("half");
                }
            }
            System.out.println(right ? "as RFC 864 has it" : "something else");
            socket.setSoLinger(true, 0);
        }
    }
}
