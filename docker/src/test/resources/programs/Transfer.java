import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A stream to the echo service of a host, in parts: says "connected", and for each line that it is told sends a part, reads it back and
 * says "exact". At the end of what it is told it ends the stream, and says "ended" when the host has done so too. An error, or bytes
 * that are not those that were sent, it says and ends.
 */
public class Transfer {
    private static final int CHUNKS = 128;
    private static final int CHUNK = 16_384;

    public static void main(String[] words) throws Exception {
        try (var socket = new Socket(words[0], 7)) {
            System.out.println("connected");
            var random = new Random(1);
            while (System.in.read() >= 0) {
                System.out.println(exchange(socket, random));
            }
            socket.shutdownOutput();
            System.out.println(socket.getInputStream().read() < 0 ? "ended" : "more than was sent");
        } catch (IOException e) {
            System.out.println("error: " + e.getMessage());
        }
    }

    private static String exchange(Socket socket, Random random) throws Exception {
        byte[] text = new byte[CHUNKS * CHUNK];
        random.nextBytes(text);
        var failure = new AtomicReference<IOException>();
        var writer = new Thread(() -> {
            try {
                for (int at = 0; at < text.length; at += CHUNK) {
                    socket.getOutputStream().write(text, at, CHUNK);
                }
            } catch (IOException e) {
                failure.set(e);
            }
        });
        writer.start();
        byte[] back = socket.getInputStream().readNBytes(text.length);
        writer.join();
        if (failure.get() != null) {
            throw failure.get();
        }
        return Arrays.equals(text, back) ? "exact" : "wrong: " + back.length + " bytes of " + text.length;
    }
}
