package org.machbed.ipc.mach;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.Message;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.Region;
import org.machbed.proto.mach.RightDisposition;
import org.machbed.proto.mach.TaskFrame;

/** Between messages as a task sees them and frames. */
final class Frames {
    private final MemoryObjectStore store;
    private final Crossings crossings;
    private final Consumer<String> onObjectClosed;

    Frames(MemoryObjectStore store, Crossings crossings, Consumer<String> onObjectClosed) {
        this.store = store;
        this.crossings = crossings;
        this.onObjectClosed = onObjectClosed;
    }

    static TaskFrame.Builder of(Operation operation) {
        return TaskFrame.newBuilder().setOperation(operation);
    }

    static TaskFrame.Builder of(Operation operation, PortName name) {
        return of(operation).setName(name.value());
    }

    static TaskFrame.Builder send(MachMessage message) throws MachException {
        return of(Operation.SEND).setMessage(message(message));
    }

    /** SEND of a request combined with the receive of its reply. */
    static TaskFrame.Builder rpc(MachMessage request, PortName replyPort) throws MachException {
        return of(Operation.SEND, replyPort)
                .setMessage(message(request)
                        .setReply(replyPort.value())
                        .setReplyDisposition(RightDisposition.MAKE_SEND_ONCE));
    }

    private static Message.Builder message(MachMessage message) throws MachException {
        if (message.body().size() > MachLimits.MAX_BODY_BYTES) {
            throw new MachException(
                    MachCode.MACH_SEND_TOO_LARGE,
                    "a body of " + message.body().size() + " bytes; more than " + MachLimits.MAX_BODY_BYTES
                            + " go out of line");
        }
        Message.Builder copy = Message.newBuilder()
                .setDestination(message.destination().value())
                .setDestinationDisposition(message.destinationDisposition().onWire())
                .setId(message.id())
                .setBody(message.body());
        Disposition reply = message.replyDisposition();
        if (reply != null) {
            copy.setReply(message.replyPort().value()).setReplyDisposition(reply.onWire());
        }
        for (PortRight right : message.rights()) {
            copy.addRights(org.machbed.proto.mach.PortRight.newBuilder()
                    .setName(right.name().value())
                    .setDisposition(right.disposition().onWire()));
        }
        for (OutOfLine region : message.regions()) {
            copy.addRegions(Region.newBuilder().setObject(region.objectName()).setLengthBytes(region.lengthBytes()));
        }
        return copy;
    }

    /** The reply with the request's reply right as its destination. */
    static MachMessage addressed(ReceivedMessage received, MachMessage reply) {
        Disposition disposition = received.replyDisposition();
        if (disposition == null) {
            throw new IllegalArgumentException(received + " asks for no reply");
        }
        return reply.withDestination(received.replyPort(), disposition);
    }

    /** The message has left: its regions are no longer this task's. */
    static void given(MachMessage message) {
        for (OutOfLine region : message.regions()) {
            region.given();
        }
    }

    /** Whether a combined call ended with this code before its message was sent. */
    static boolean failedToSend(MachCode code) {
        return switch (code) {
            case MACH_SEND_INVALID_DATA,
                    MACH_SEND_INVALID_DEST,
                    MACH_SEND_TIMED_OUT,
                    MACH_SEND_INTERRUPTED,
                    MACH_SEND_INVALID_REPLY,
                    MACH_SEND_INVALID_RIGHT,
                    MACH_SEND_INVALID_MEMORY,
                    MACH_SEND_NO_BUFFER,
                    MACH_SEND_TOO_LARGE,
                    MACH_SEND_INVALID_TYPE,
                    MACH_SEND_INVALID_HEADER,
                    KERN_RESOURCE_SHORTAGE -> true;
            default -> false;
        };
    }

    /** The answer to a call that was cancelled because its thread was interrupted. */
    static KernelFrame interrupted(KernelFrame answer) {
        MachCode code = MachCode.of(answer.getCode());
        MachCode instead = switch (code) {
            case MACH_SEND_TIMED_OUT -> MachCode.MACH_SEND_INTERRUPTED;
            case MACH_RCV_TIMED_OUT -> MachCode.MACH_RCV_INTERRUPTED;
            default -> code;
        };
        return instead == code
                ? answer
                : answer.toBuilder().setCode(instead.number()).build();
    }

    ReceivedMessage received(Message message) {
        List<MemoryObject> regions = List.of();
        if (message.getRegionsCount() > 0) {
            regions = new ArrayList<>(message.getRegionsCount());
            for (Region region : message.getRegionsList()) {
                regions.add(store.received(region.getObject(), region.getLengthBytes(), crossings, onObjectClosed));
            }
        }
        return new ReceivedMessage(
                PortName.of(message.getDestination()),
                PortName.of(message.getReply()),
                disposition(message.getReplyDisposition()),
                message.getId(),
                message.getBody(),
                rights(message),
                regions);
    }

    private static @Nullable Disposition disposition(RightDisposition onWire) {
        return onWire == RightDisposition.NONE ? null : Disposition.of(onWire);
    }

    private static List<PortRight> rights(Message message) {
        if (message.getRightsCount() == 0) {
            return List.of();
        }
        List<PortRight> rights = new ArrayList<>(message.getRightsCount());
        for (org.machbed.proto.mach.PortRight right : message.getRightsList()) {
            rights.add(new PortRight(PortName.of(right.getName()), Disposition.of(right.getDisposition())));
        }
        return rights;
    }
}
