import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Sends a stream to the echo service of a host and reads it back: half of it, then a word and a wait for a line, then the rest. Ends
 * with "exact", with the error that it had, or with "wrong".
 */
public class Transfer {
    private static final int HALF_CHUNKS = 128;
    private static final int CHUNK = 16_384;

    public static void main(String[] words) throws Exception {
        try (var socket = new Socket(words[0], 7)) {
            var random = new Random(1);
            byte[] sent = exchange(socket, random);
            System.out.println("half");
            if (System.in.read() < 0) {
                throw new IOException("nobody said to go on");
            }
            System.out.println("going on");
            sent = exchange(socket, random);
            socket.shutdownOutput();
            System.out.println(socket.getInputStream().read() < 0 && sent.length > 0 ? "exact" : "more than was sent");
        } catch (IOException e) {
            System.out.println("error: " + e.getMessage());
        }
    }

    private static byte[] exchange(Socket socket, Random random) throws Exception {
        byte[] text = new byte[HALF_CHUNKS * CHUNK];
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
        if (!Arrays.equals(text, back)) {
            System.out.println("wrong: " + back.length + " bytes came back of " + text.length);
            System.exit(1);
        }
        return text;
    }
}
