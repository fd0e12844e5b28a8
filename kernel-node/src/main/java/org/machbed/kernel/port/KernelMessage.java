package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MemoryObject;
import org.machbed.proto.mach.Region;

/**
 * A message that a task sent to a {@link KernelPort}. {@link #reply} may come later and from any thread; everything else is for
 * one thread. Closing it releases the rights that were not taken, deletes the regions, and lets go of the reply right, of which
 * a waiting client is told.
 */
public final class KernelMessage implements AutoCloseable {
    private final Relay relay;
    private final @Nullable Task sender;
    private final int id;
    private final ByteString body;
    private final List<@Nullable TransitRight> rights;
    private final List<MemoryObject> regions;
    /** Guarded by the relay's lock. */
    private @Nullable TransitRight reply;

    KernelMessage(Relay relay, TransitMessage message) {
        this.relay = relay;
        sender = message.sender();
        id = message.id();
        body = message.body();
        rights = message.rights().isEmpty() ? List.of() : new ArrayList<>(message.rights());
        regions = message.regions().isEmpty() ? List.of() : receive(message.regions());
        reply = message.reply();
    }

    private List<MemoryObject> receive(List<Region> travelled) {
        List<MemoryObject> received = new ArrayList<>(travelled.size());
        for (Region region : travelled) {
            received.add(relay.objects
                    .store()
                    .received(
                            region.getObject(),
                            region.getLengthBytes(),
                            relay.counters.crossings(),
                            this::objectReleased));
        }
        return List.copyOf(received);
    }

    private void objectReleased(String object) {
        relay.locked(() -> {
            relay.objects.releasedByKernel(object);
            return object;
        });
    }

    /** Number of the task that sent it, 0 for the kernel. */
    public int senderTask() {
        return sender == null ? 0 : sender.number;
    }

    /**
     * Runs {@code action} once when the task that sent it is gone, outside of all locks of this package; at once when it is gone
     * already.
     *
     * @throws IllegalStateException when the kernel sent it
     */
    public TaskWatch watchSender(Runnable action) {
        if (sender == null) {
            throw new IllegalStateException("message " + id + " came from no task");
        }
        return TaskWatch.start(relay, sender, action);
    }

    public int id() {
        return id;
    }

    /** In-line data. */
    public ByteString body() {
        return body;
    }

    /** Out-of-line memory; mapped on access, unmapped and deleted by {@link #close}. */
    public List<MemoryObject> regions() {
        return regions;
    }

    /** Rights in the message. */
    public int rightCount() {
        return rights.size();
    }

    /**
     * Takes the right at {@code index} out of the message, for the kernel to keep.
     *
     * @throws IllegalStateException when there is none, it was taken, or it is a receive right
     */
    public SendRight takeRight(int index) {
        TransitRight right = index < rights.size() ? rights.get(index) : null;
        if (right == null || right.equals(TransitRight.NULL) || right.type() == TransitRight.Type.RECEIVE) {
            throw new IllegalStateException("message " + id + " carries no send right at place " + index);
        }
        rights.set(index, null);
        return new SendRight(relay, right);
    }

    /** Whether the sender gave a right to reply with, and it was not used yet. */
    public boolean hasReplyPort() {
        return relay.locked(() -> reply != null);
    }

    /**
     * Replies; once at most.
     *
     * @return false when the client is gone, did not want a reply, or had one
     */
    public boolean reply(int replyId, ByteString replyBody) {
        return relay.locked(() -> send(replyId, replyBody, List.of()));
    }

    /** Replies with a send right made from {@code right} in the message's first port descriptor. */
    public boolean reply(int replyId, ByteString replyBody, KernelPort right) {
        return relay.locked(() -> {
            if (right.port().dead) {
                return send(replyId, replyBody, List.of(TransitRight.DEAD));
            }
            right.port().sendRights++;
            right.port().makeSendCount++;
            TransitRight made = new TransitRight(right.port(), TransitRight.Type.SEND);
            boolean sent = send(replyId, replyBody, List.of(made));
            if (!sent) {
                relay.rights.drop(made);
            }
            return sent;
        });
    }

    private boolean send(int replyId, ByteString replyBody, List<TransitRight> carried) {
        TransitRight to = reply;
        reply = null;
        if (to == null || to.port().dead) {
            return false;
        }
        boolean sendOnce = to.type() == TransitRight.Type.SEND_ONCE;
        if (!sendOnce && to.port().full()) {
            relay.rights.drop(to);
            return false;
        }
        relay.delivery.send(
                new TransitMessage(to.port(), sendOnce, null, replyId, replyBody, carried, List.of(), null));
        return true;
    }

    @Override
    public void close() {
        for (MemoryObject region : regions) {
            region.close();
        }
        relay.locked(() -> {
            for (int i = 0; i < rights.size(); i++) {
                TransitRight right = rights.get(i);
                if (right != null) {
                    rights.set(i, null);
                    relay.rights.drop(right);
                }
            }
            if (reply != null) {
                TransitRight unused = reply;
                reply = null;
                relay.rights.drop(unused);
            }
            return id;
        });
    }
}
