package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;

/**
 * The stream from one end of a conversation to the other: what the one gave and what the other has received of it, which must be
 * the same octets in the same order, and the end only when the one had ended it.
 */
final class OneWayStream {
    /** Where in {@link StreamContent#TABLE} it begins. */
    private final int start;

    private int sentBytes;

    /** The most that any of the sender's connections was given, a call under way included. */
    private int givenBytes;

    private boolean ended;
    private boolean everEnded;
    private int receivedBytes;
    private boolean received;

    // What of it calls have done that will not turn out to be void.
    private int committedSentBytes;
    private int committedReceivedBytes;

    OneWayStream(Dice dice) {
        start = StreamContent.start(dice);
    }

    // ---- By its sender

    /** Begins anew, over another connection. */
    void restart() {
        sentBytes = 0;
        committedSentBytes = 0;
        ended = false;
    }

    /** Where in {@link StreamContent#TABLE} the next octet is. */
    long position() {
        return (long) start + sentBytes;
    }

    void give(int bytes) {
        givenBytes = Math.max(givenBytes, sentBytes + bytes);
    }

    void sent(int bytes) {
        sentBytes += bytes;
    }

    void commitSent() {
        committedSentBytes = sentBytes;
    }

    /** The calls since {@link #commitSent} were void. */
    void undoSent() {
        sentBytes = committedSentBytes;
    }

    void end() {
        ended = true;
        everEnded = true;
    }

    /** Its socket is closed, which ends what the connection has of it. */
    void cutOff() {
        everEnded = true;
    }

    int sentBytes() {
        return sentBytes;
    }

    boolean isEnded() {
        return ended;
    }

    // ---- By its receiver

    /** @throws Violation when these octets, the next ones, are not those that were given */
    void receive(String receiver, MemorySegment memory, int bytes) {
        if (receivedBytes + bytes > givenBytes) {
            throw new Violation(receiver + " received more than was sent");
        }
        long wrong = mismatch(receivedBytes, memory, 0, bytes);
        if (wrong >= 0) {
            throw new Violation(receiver + " received another octet at " + (receivedBytes + wrong) + " than was sent");
        }
        receivedBytes += bytes;
    }

    /**
     * @param deaf whether the receiver had stopped to receive
     * @throws Violation when its end is not here
     */
    void receiveEnd(String receiver, boolean deaf) {
        received = true;
        if (!deaf && (!ended || sentBytes != receivedBytes)) {
            throw new Violation(receiver + " received the end of the stream after " + receivedBytes + " octets, but "
                    + sentBytes + " were sent");
        }
    }

    void commitReceived() {
        committedReceivedBytes = receivedBytes;
    }

    /** The calls since {@link #commitReceived} were void. */
    void undoReceived() {
        receivedBytes = committedReceivedBytes;
    }

    int receivedBytes() {
        return receivedBytes;
    }

    /** Whether its end was received. */
    boolean isReceived() {
        return received;
    }

    // ---- By who watches the wire

    int givenBytes() {
        return givenBytes;
    }

    /** Whether any connection was told of its end. */
    boolean everEnded() {
        return everEnded;
    }

    /** Where octets differ from those of the stream at an offset, -1 when they do not. */
    long mismatch(int streamOffset, MemorySegment memory, long offset, int bytes) {
        return StreamContent.mismatch(start, streamOffset, memory, offset, bytes);
    }
}
