package org.machbed.testbed.peer;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A small blocking HTTP server (RFC 9112) as anybody writes it, which knows nothing of Machbed: {@code PORT DIRECTORY}. It gives and
 * takes the files of a directory ({@code GET}, {@code PUT}), a thread a connection, as many requests on each as the client wants.
 */
final class PlainHttpServer {
    private PlainHttpServer() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(arguments[0]))) {
            System.out.println("listening");
            while (true) {
                Socket socket = listener.accept();
                Thread.ofPlatform().start(() -> serve(socket, directory));
            }
        }
    }

    private static void serve(Socket socket, Path directory) {
        try (socket;
                var in = new BufferedInputStream(socket.getInputStream());
                var out = new BufferedOutputStream(socket.getOutputStream())) {
            for (String request = line(in); !request.isEmpty(); request = line(in)) {
                answer(request.split(" ", -1), fields(in), directory, in, out);
                out.flush();
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    private static void answer(
            String[] request, Map<String, String> fields, Path directory, InputStream in, OutputStream out)
            throws IOException {
        Path file = directory.resolve(request[1].substring(1));
        switch (request[0]) {
            case "PUT" -> {
                if (fields.getOrDefault("expect", "").equals("100-continue")) {
                    write(out, "HTTP/1.1 100 Continue\r\n\r\n");
                    out.flush();
                }
                take(in, Long.parseLong(fields.getOrDefault("content-length", "0")), file);
                write(out, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
            }
            case "GET" -> {
                if (Files.isRegularFile(file)) {
                    write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + Files.size(file) + "\r\n\r\n");
                    Files.copy(file, out);
                } else {
                    write(out, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                }
            }
            default -> throw new IOException("what is " + request[0] + "?");
        }
    }

    private static void take(InputStream in, long bytes, Path file) throws IOException {
        try (OutputStream to = Files.newOutputStream(file)) {
            byte[] chunk = new byte[64 * 1024];
            for (long left = bytes; left > 0; ) {
                int length = in.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (length < 0) {
                    throw new EOFException("ended with " + left + " bytes missing");
                }
                to.write(chunk, 0, length);
                left -= length;
            }
        }
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (String line = line(in); !line.isEmpty(); line = line(in)) {
            int colon = line.indexOf(':');
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return fields;
    }

    /** Without its end; empty at the end of the stream, too. */
    private static String line(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int octet = in.read(); octet >= 0 && octet != '\n'; octet = in.read()) {
            line.append((char) octet);
        }
        return line.toString().strip();
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
