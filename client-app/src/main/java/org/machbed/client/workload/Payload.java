package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Data of one message after another. Each starts with its number, so that a lost, repeated or overtaken datagram, or a stream that
 * has slipped, does not go unnoticed: 8 bytes, or as many of the lowest as there is room for (in one byte, a rolling byte). The rest is a
 * fixed pattern. Allocates nothing.
 */
final class Payload {
    /** Longest data of a UDP datagram in IPv4. */
    static final int MOST_BYTES_OF_DATAGRAM = 65_507;

    private static final int PATTERN_MULTIPLIER = 31;

    private final int numberBytes;
    private final long numberMask;
    private final ByteBuffer datagram;

    /**
     * Messages of {@code bytes} bytes.
     *
     * @throws IllegalArgumentException when that is more than {@code mostBytes}, or nothing to number them by
     */
    Payload(int bytes, int mostBytes) {
        if (bytes < 1 || bytes > mostBytes) {
            throw new IllegalArgumentException("bytes is " + bytes + ", which is not between 1 and " + mostBytes);
        }
        numberBytes = Math.min(bytes, Long.BYTES);
        numberMask = numberBytes == Long.BYTES ? -1L : (1L << (numberBytes * Byte.SIZE)) - 1;
        datagram = ByteBuffer.allocateDirect(bytes);
        for (int i = numberBytes; i < bytes; i++) {
            datagram.put(i, (byte) (i * PATTERN_MULTIPLIER));
        }
    }

    int bytes() {
        return datagram.capacity();
    }

    /** A buffer to receive in, with a byte of room to spare, so that a datagram which is too long shows. */
    ByteBuffer newTarget() {
        return ByteBuffer.allocateDirect(bytes() + 1);
    }

    /** The datagram of a number, always in the same buffer, ready to be sent. */
    ByteBuffer numbered(long number) {
        datagram.clear(); // who had it before may have limited it
        for (int i = 0; i < numberBytes; i++) {
            datagram.put(i, (byte) (number >>> ((numberBytes - 1 - i) * Byte.SIZE)));
        }
        return datagram;
    }

    /** What {@link #numbered} has made last, ready to be sent. */
    ByteBuffer prepared() {
        return datagram.clear();
    }

    /**
     * Checks that the bytes before {@code received}'s position are the datagram of a number, and flips it.
     *
     * @throws IOException when they are not, saying what they are
     */
    void check(ByteBuffer received, long number) throws IOException {
        received.flip();
        if (received.remaining() != bytes()) {
            throw new IOException("a message of " + received.remaining() + " bytes or more came where one of " + bytes()
                    + " was due");
        }
        checkNumber(received, number);
        if (received.mismatch(numbered(number)) >= 0) {
            throw new IOException("message " + (number & numberMask) + " was damaged");
        }
    }

    /** Checks the number at the beginning of a message alone: as much as a workload can afford that measures throughput. */
    void checkNumber(ByteBuffer received, long number) throws IOException {
        long found = number(received);
        if (found != (number & numberMask)) {
            throw new IOException("message " + found + " came where " + (number & numberMask)
                    + " was due: one was lost, repeated or overtaken");
        }
    }

    /**
     * Checks a piece of a message.
     *
     * @param piece its position is 0
     * @param from where it begins in the message
     * @param wholly whether all of it is checked, or only what belongs to the number
     */
    void checkPart(ByteBuffer piece, int from, long number, boolean wholly) throws IOException {
        if (from == 0 && piece.limit() >= numberBytes) {
            checkNumber(piece, number);
        }
        int until = Math.min(from + piece.limit(), wholly ? bytes() : numberBytes);
        ByteBuffer looked = wholly ? piece : piece.duplicate().limit(Math.max(0, until - from));
        if (looked.hasRemaining()
                && numbered(number).limit(until).position(from).mismatch(looked) >= 0) {
            throw new IOException("message " + (number & numberMask) + " was damaged, or another came");
        }
    }

    private long number(ByteBuffer received) {
        long number = 0;
        for (int i = 0; i < numberBytes; i++) {
            number = number << Byte.SIZE | (received.get(i) & 0xFF);
        }
        return number;
    }
}
