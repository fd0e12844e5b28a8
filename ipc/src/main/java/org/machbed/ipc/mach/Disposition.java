package org.machbed.ipc.mach;

import org.machbed.proto.mach.RightDisposition;

/**
 * What becomes of the sender's right when a message carries it (MACH_MSG_TYPE_*). In a received message only the MOVE values
 * occur: they say what the receiver now holds.
 */
public enum Disposition {
    /** The sender keeps its send right; the receiver gets one. */
    COPY_SEND(RightDisposition.COPY_SEND),
    /** One user reference of the sender's send right goes to the receiver. */
    MOVE_SEND(RightDisposition.MOVE_SEND),
    /** A send right is made from the sender's receive right. */
    MAKE_SEND(RightDisposition.MAKE_SEND),
    /** A send-once right is made from the sender's receive right. */
    MAKE_SEND_ONCE(RightDisposition.MAKE_SEND_ONCE),
    /** The sender's send-once right goes to the receiver. */
    MOVE_SEND_ONCE(RightDisposition.MOVE_SEND_ONCE),
    /** The sender's receive right goes to the receiver, with all that is queued on it. */
    MOVE_RECEIVE(RightDisposition.MOVE_RECEIVE);

    private final RightDisposition onWire;

    Disposition(RightDisposition onWire) {
        this.onWire = onWire;
    }

    RightDisposition onWire() {
        return onWire;
    }

    static Disposition of(RightDisposition onWire) {
        for (Disposition disposition : values()) {
            if (disposition.onWire == onWire) {
                return disposition;
            }
        }
        throw new IllegalArgumentException("no disposition stands for " + onWire);
    }
}
