import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A datagram and a stream to the echo service of a host, and what came back. */
public class Greeting {
    public static void main(String[] words) throws Exception {
        InetAddress host = InetAddress.getByName(words[0]);
        byte[] greeting = "greeting".getBytes(StandardCharsets.US_ASCII);
        try (var socket = new DatagramSocket()) {
            socket.setSoTimeout(20_000);
            socket.send(new DatagramPacket(greeting, greeting.length, host, 7));
            var answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            System.out.println("datagram " + new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII)
                    + " from " + answer.getAddress().getHostAddress());
        }
        try (var socket = new Socket(host, 7)) {
            socket.getOutputStream().write(greeting);
            socket.shutdownOutput();
            System.out.println("stream " + new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    + " from " + socket.getInetAddress().getHostAddress());
        }
    }
}
