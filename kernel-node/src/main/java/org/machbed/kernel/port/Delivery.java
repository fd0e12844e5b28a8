package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachCode;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.kernel.port.Waiting.Receive;

/**
 * From a queue to a receiver: whoever has posted a receive gets the message at once, else it is queued. Guarded by the relay's
 * lock.
 */
final class Delivery {
    /**
     * Messages queued in the whole kernel beyond which replies and notifications, which no queue limit holds back, are dropped:
     * a task that makes them and does not receive them must not fill the kernel's memory.
     */
    private static final int MAX_QUEUED = 131_072;

    private final Relay relay;
    private int queued;

    Delivery(Relay relay) {
        this.relay = relay;
    }

    /** Messages in all queues. */
    int queued() {
        return queued;
    }

    /** Sends the kernel's notification through a send-once right, which it uses up. */
    void notify(Port notify, int id, ByteString body) {
        relay.counters.count(Count.NOTIFICATIONS);
        send(new TransitMessage(notify, true, null, id, body, List.of(), List.of(), null));
    }

    /** Gives the message to a receiver or queues it. Limits have been looked at. */
    void send(TransitMessage message) {
        Port port = message.destination();
        if (port.dead) {
            relay.rights.destroyMessage(message);
            return;
        }
        if (port.kernelReceiver != null) {
            toKernel(port.kernelReceiver, message);
            return;
        }
        Receive receive = port.queue.isEmpty() ? nextReceive(port) : null;
        if (receive != null) {
            handOver(receive, message);
        } else if (queued >= MAX_QUEUED) {
            relay.counters.count(Count.DROPPED_POSTS);
            destroyUndeliverable(message);
        } else {
            enqueue(port, message);
        }
    }

    private void destroyUndeliverable(TransitMessage message) {
        // Not as unused: the notification about a send-once right would be undeliverable too.
        relay.rights.dropDestination(message, false);
        relay.rights.destroyContents(message);
    }

    private void enqueue(Port port, TransitMessage message) {
        port.queue.add(message);
        queued++;
        Task sender = message.sender();
        if (sender != null) {
            sender.queuedBytes += message.bytes();
        }
        if (port.set != null) {
            port.set.queued(port);
        }
    }

    /** A message has left its queue. */
    void dequeued(TransitMessage message) {
        queued--;
        Task sender = message.sender();
        if (sender != null) {
            sender.queuedBytes -= message.bytes();
        }
    }

    private void toKernel(KernelPort kernelPort, TransitMessage message) {
        relay.rights.dropDestination(message, false);
        relay.countMessage(true);
        KernelMessage received = new KernelMessage(relay, message);
        relay.afterUnlock(() -> {
            try {
                kernelPort.handler().onMessage(received);
            } catch (RuntimeException e) {
                received.close();
                throw e;
            }
        });
    }

    private @Nullable Receive nextReceive(Port port) {
        Deque<Receive> receives = port.set == null ? port.receives : port.set.receives;
        Iterator<Receive> inOrder = receives.iterator();
        while (inOrder.hasNext()) {
            Receive receive = inOrder.next();
            if (receive.canTake()) {
                if (!receive.standing) {
                    inOrder.remove();
                } else if (receives.size() > 1) {
                    inOrder.remove();
                    receives.addLast(receive);
                }
                return receive;
            }
        }
        return null;
    }

    private void handOver(Receive receive, TransitMessage message) {
        Task task = receive.task();
        if (receive.standing) {
            receive.credit--;
        } else {
            task.waiting.remove(receive.call());
        }
        task.output.deliver(relay.copyOut.frame(task, receive.call(), message));
        relay.rights.dropDestination(message, false);
    }

    /** Posts a receive, which may get a message at once. */
    void post(Receive receive) {
        receive.task().waiting.put(receive.call(), receive);
        (receive.port != null ? receive.port.receives : receive.requireSet().receives).addLast(receive);
        pump(receive.port, receive.set);
    }

    /** Whether a receive would get a message now. */
    boolean pending(@Nullable Port port, @Nullable PortSet set) {
        return port != null ? !port.queue.isEmpty() : set != null && set.hasPending();
    }

    /** Hands queued messages to receives that have become able to take them. */
    void pump(@Nullable Port port, @Nullable PortSet set) {
        Port from = port != null ? port : set == null ? null : set.firstPending();
        while (from != null && !from.queue.isEmpty()) {
            Receive receive = nextReceive(from);
            if (receive == null) {
                return;
            }
            TransitMessage message = from.queue.remove();
            dequeued(message);
            if (set != null) {
                set.dequeued(from);
            }
            handOver(receive, message);
            relay.sends.admit(from);
            from = port != null ? port : set == null ? null : set.firstPending();
        }
    }

    /** Answers all receives posted there with a code. */
    void endReceives(Deque<Receive> receives, MachCode code) {
        for (Receive receive = receives.poll(); receive != null; receive = receives.poll()) {
            receive.task().waiting.remove(receive.call());
            relay.answer(receive.task(), receive.call(), code);
        }
    }

    /** Takes a posted receive back. */
    void withdraw(Receive receive) {
        (receive.port != null ? receive.port.receives : receive.requireSet().receives).remove(receive);
    }
}
