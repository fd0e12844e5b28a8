package org.machbed.testbed.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** Bytes that follow from a seed, and the SHA-256 of bytes. */
final class Content {
    private static final int CHUNK_BYTES = 64 * 1024;

    private final SplittableRandom random;
    private final MessageDigest digest;

    Content(long seed) {
        this.random = new SplittableRandom(seed);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError("every JDK has SHA-256", e);
        }
    }

    /** Writes a file of random bytes; answers their SHA-256. */
    static String write(Path file, int bytes, long seed) throws IOException {
        var content = new Content(seed);
        try (OutputStream out = Files.newOutputStream(file)) {
            content.send(out, bytes);
        }
        return content.digest();
    }

    /** The SHA-256 of a file. */
    static String digest(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return digest(in);
        }
    }

    /** The SHA-256 of what still comes. */
    static String digest(InputStream in) throws IOException {
        var content = new Content(0);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
            content.update(chunk, length);
        }
        return content.digest();
    }

    /** Sends as many as are wanted of the bytes that come next. */
    void send(OutputStream out, int bytes) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int done = 0; done < bytes; done += chunk.length) {
            int length = Math.min(chunk.length, bytes - done);
            next(chunk, length);
            out.write(chunk, 0, length);
        }
    }

    /** Fills the first bytes of an array with those that come next, and takes them into the digest. */
    void next(byte[] chunk, int length) {
        random.nextBytes(chunk);
        update(chunk, length);
    }

    void update(byte[] chunk, int length) {
        digest.update(chunk, 0, length);
    }

    /** Of all bytes so far. */
    String digest() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
