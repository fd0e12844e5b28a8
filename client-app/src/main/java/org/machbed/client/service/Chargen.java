package org.machbed.client.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * RFC 864: over TCP sends characters until the peer closes, over UDP answers a datagram with up to 512 of them. They are those of
 * the RFC's example: lines of 72 printing characters, each line beginning one character further on.
 */
final class Chargen implements SmallService {
    private static final int FIRST = ' ';
    private static final int CHARACTERS = 95;
    private static final int LINE_CHARACTERS = 72;
    private static final int LINE_BYTES = LINE_CHARACTERS + 2;
    private static final int MOST_DATAGRAM_BYTES = 512;

    /** After that many lines the pattern begins again. */
    private static final byte[] PATTERN = pattern();

    private final SplittableRandom random;

    Chargen(SplittableRandom random) {
        this.random = random;
    }

    private static byte[] pattern() {
        byte[] pattern = new byte[CHARACTERS * LINE_BYTES];
        for (int line = 0; line < CHARACTERS; line++) {
            int start = line * LINE_BYTES;
            for (int i = 0; i < LINE_CHARACTERS; i++) {
                pattern[start + i] = (byte) (FIRST + (line + i) % CHARACTERS);
            }
            pattern[start + LINE_CHARACTERS] = '\r';
            pattern[start + LINE_CHARACTERS + 1] = '\n';
        }
        return pattern;
    }

    @Override
    public String name() {
        return "chargen";
    }

    @Override
    public int port() {
        return 19;
    }

    @Override
    public boolean answer(ByteBuffer datagram) {
        datagram.clear()
                .put(PATTERN, 0, random.nextInt(MOST_DATAGRAM_BYTES + 1))
                .flip();
        return true;
    }

    @Override
    public void serve(ServedConnection connection) throws IOException {
        // What is received is thrown away.
        connection.shutdownInput();
        ByteBuffer lines = ByteBuffer.allocateDirect(PATTERN.length).put(PATTERN);
        // The peer's close makes a write fail.
        while (connection.isOpen()) {
            lines.flip();
            connection.write(lines);
        }
    }
}
