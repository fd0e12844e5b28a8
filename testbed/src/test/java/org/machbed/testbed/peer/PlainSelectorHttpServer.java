package org.machbed.testbed.peer;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/**
 * The JDK's own HTTP server, whose connections wait for requests in a {@link java.nio.channels.Selector}: {@code PORT DIRECTORY}. It gives
 * and takes the files of a directory, and knows nothing of Machbed.
 */
final class PlainSelectorHttpServer {
    private PlainSelectorHttpServer() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[0])), 0);
        server.createContext("/", exchange -> answer(exchange, directory));
        server.setExecutor(Executors.newCachedThreadPool());
        server.start();
        System.out.println("listening");
    }

    private static void answer(HttpExchange exchange, Path directory) throws IOException {
        try (exchange) {
            Path file = directory.resolve(exchange.getRequestURI().getPath().substring(1));
            if (exchange.getRequestMethod().equals("PUT")) {
                Files.copy(exchange.getRequestBody(), file);
                exchange.sendResponseHeaders(201, -1);
            } else if (Files.isRegularFile(file)) {
                exchange.sendResponseHeaders(200, Files.size(file));
                Files.copy(file, exchange.getResponseBody());
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        }
    }
}
