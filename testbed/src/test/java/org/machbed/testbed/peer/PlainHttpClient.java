package org.machbed.testbed.peer;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/**
 * A client by the JDK's {@code java.net.http}, which knows nothing of Machbed: waits for a line of input, gets a URL, and writes the
 * status and the SHA-256 of what came.
 */
final class PlainHttpClient {
    private PlainHttpClient() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.out.println("waiting");
        if (System.in.read() < 0) {
            throw new IOException("nobody said when to begin");
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                System.out.println(response.statusCode() + " " + Content.digest(body));
            }
        }
    }
}
