package org.machbed.testbed.peer;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/** Bytes that follow from a seed, and the SHA-256 of bytes. */
final class Content {
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
