package org.machbed.ipc.mach;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message to send. Immutable; the {@code with} methods answer changed copies.
 *
 * @param destination name of the send or send-once right to send with
 * @param destinationDisposition what becomes of that right
 * @param replyPort right for the reply, or {@link PortName#NULL}
 * @param replyDisposition how the reply right travels; {@code null} exactly when there is none
 * @param id the message's identifier, of the sender's choice
 * @param body in-line data, at most {@link MachLimits#MAX_BODY_BYTES}
 * @param rights port rights that travel in the message
 * @param regions out-of-line memory, which leaves the sender with the message
 */
public record MachMessage(
        PortName destination,
        Disposition destinationDisposition,
        PortName replyPort,
        @Nullable Disposition replyDisposition,
        int id,
        ByteString body,
        List<PortRight> rights,
        List<OutOfLine> regions) {

    public MachMessage {
        rights = List.copyOf(rights);
        regions = List.copyOf(regions);
        if (replyPort.equals(PortName.NULL) != (replyDisposition == null)) {
            throw new IllegalArgumentException("a reply port and its disposition go together");
        }
    }

    /** A message in-line through a send right, which the sender keeps. */
    public static MachMessage of(PortName destination, int id, ByteString body) {
        return new MachMessage(destination, Disposition.COPY_SEND, PortName.NULL, null, id, body, List.of(), List.of());
    }

    /**
     * A message whose destination its sender need not name: the body of a reply, for {@link MachTask#reply} and
     * {@link MachTask#replyAndReceive}.
     */
    public static MachMessage reply(int id, ByteString body) {
        return of(PortName.NULL, id, body);
    }

    public MachMessage withDestination(PortName name, Disposition disposition) {
        return new MachMessage(name, disposition, replyPort, replyDisposition, id, body, rights, regions);
    }

    public MachMessage withRight(PortName name, Disposition disposition) {
        List<PortRight> more = new ArrayList<>(rights);
        more.add(new PortRight(name, disposition));
        return new MachMessage(
                destination, destinationDisposition, replyPort, replyDisposition, id, body, more, regions);
    }

    public MachMessage withRegion(OutOfLine region) {
        List<OutOfLine> more = new ArrayList<>(regions);
        more.add(region);
        return new MachMessage(
                destination, destinationDisposition, replyPort, replyDisposition, id, body, rights, more);
    }
}
