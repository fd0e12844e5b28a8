package org.machbed.testbed.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Blocking programs as anybody writes them, which know nothing of Machbed.
 *
 * <pre>
 * server PORT                listening; echoes one connection to its end, and exits with 3
 * digest PORT                listening; the SHA-256 of what one connection sends
 * send HOST PORT BYTES SEED  waits for a line of input, connects, sends; the SHA-256 of that
 * </pre>
 */
public final class PlainProgram {
    static final int EXIT_CODE = 3;

    private PlainProgram() {}

    public static void main(String[] arguments) throws IOException {
        switch (arguments[0]) {
            case "server" -> serve(Integer.parseInt(arguments[1]));
            case "digest" -> digest(Integer.parseInt(arguments[1]));
            case "send" ->
                send(
                        arguments[1],
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]),
                        Long.parseLong(arguments[4]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void serve(int port) throws IOException {
        try (ServerSocket listener = new ServerSocket(port)) {
            System.out.println("listening");
            try (Socket socket = listener.accept()) {
                socket.getInputStream().transferTo(socket.getOutputStream());
            }
        }
        System.exit(EXIT_CODE);
    }

    private static void digest(int port) throws IOException {
        try (ServerSocket listener = new ServerSocket(port)) {
            System.out.println("listening");
            try (Socket socket = listener.accept();
                    InputStream in = socket.getInputStream()) {
                System.out.println(Content.digest(in));
            }
        }
    }

    private static void send(String host, int port, int bytes, long seed) throws IOException {
        System.out.println("waiting");
        if (System.in.read() < 0) {
            throw new IOException("nobody said when to begin");
        }
        var content = new Content(seed);
        try (Socket socket = new Socket(host, port);
                OutputStream out = socket.getOutputStream()) {
            content.send(out, bytes);
        }
        System.out.println(content.digest());
    }
}
