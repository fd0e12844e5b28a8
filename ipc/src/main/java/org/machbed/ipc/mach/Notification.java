package org.machbed.ipc.mach;

import com.google.protobuf.ByteString;

/** Messages that the kernel sends to notification ports: identifiers and bodies (mach/notify.h). */
public final class Notification {
    /** A name was given up while a dead-name notification was asked for; the body is the name. */
    public static final int PORT_DELETED = 0101;

    /** All send rights are gone; the body is the port's make-send count. */
    public static final int NO_SENDERS = 0106;

    /** A send-once right was let go of without a message; no body. */
    public static final int SEND_ONCE = 0107;

    /** A right became a dead name, which gained a user reference; the body is the name. */
    public static final int DEAD_NAME = 0110;

    private Notification() {}

    /** The name that died, or the make-send count: a 32-bit big-endian word. */
    public static ByteString body(int word) {
        return ByteString.copyFrom(
                new byte[] {(byte) (word >>> 24), (byte) (word >>> 16), (byte) (word >>> 8), (byte) word});
    }

    /**
     * The word that {@link #body} carries.
     *
     * @throws IllegalArgumentException when the message is no notification with a word
     */
    public static int word(ReceivedMessage notification) {
        ByteString body = notification.body();
        if (body.size() != 4) {
            throw new IllegalArgumentException("message " + notification.id() + " has a body of " + body.size()
                    + " bytes, not the 4 of a notification");
        }
        return body.asReadOnlyByteBuffer().getInt();
    }
}
