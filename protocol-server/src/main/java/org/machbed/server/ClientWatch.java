package org.machbed.server;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.machbed.ipc.mach.Disposition;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.Notification;
import org.machbed.ipc.mach.NotificationType;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.PortRight;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.mach.RightType;
import org.machbed.netstack.socket.UdpSockets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the sockets of clients that die. A client gives a send right to a port of its own with each socket that it opens; the
 * kernel tells us when that port is dead. Calls of the kernel are made on a virtual thread here, so that every method may be
 * called on the transport's own thread; what is done there is in the order of the calls.
 */
public final class ClientWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClientWatch.class);
    private static final int MAX_WAITING = 4 * UdpSockets.CAPACITY;

    private final MachTask task;
    private final PortName notifyPort;
    private final IntConsumer closeSocket;
    private final ServerCounters counters;
    private final Map<PortName, Set<Integer>> socketsOfClient = new HashMap<>(); // only on the thread below
    private final Map<Integer, PortName> clientOfSocket = new HashMap<>(); // only on the thread below
    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            Thread.ofVirtual().name("client-watch").factory());

    /**
     * @param notifyPort where the server receives notifications, which it gives to {@link #onNotification}
     * @param closeSocket closes a socket that may be closed already
     */
    public ClientWatch(MachTask task, PortName notifyPort, IntConsumer closeSocket, ServerCounters counters) {
        this.task = task;
        this.notifyPort = notifyPort;
        this.closeSocket = closeSocket;
        this.counters = counters;
    }

    /**
     * Who makes a request that opens something: the name that this task has for the port that the client gives a send right to. It stays
     * that of the client as long as something is open for it here.
     *
     * @return {@link PortName#NULL} for a client that gives none
     */
    public static PortName client(ReceivedMessage request) {
        List<PortRight> rights = request.rights();
        return rights.isEmpty() || rights.getFirst().disposition() != Disposition.MOVE_SEND
                ? PortName.NULL
                : rights.getFirst().name();
    }

    /** A client opened a socket, or another file, with this request. */
    public void opened(ReceivedMessage request, int socket) {
        List<PortRight> rights = request.rights();
        if (rights.isEmpty()) {
            return;
        }
        PortRight right = rights.getFirst();
        discard(rights.subList(1, rights.size()));
        if (right.name().equals(PortName.DEAD)) {
            submit(() -> closeSocket.accept(socket));
        } else if (right.name().isValid() && right.disposition() == Disposition.MOVE_SEND) {
            submit(() -> watch(right.name(), socket));
        } else {
            discard(List.of(right));
        }
    }

    /** A client closed a socket. */
    public void closed(int socket) {
        submit(() -> forget(socket));
    }

    /** Gives up rights that came with a message and that nobody asked for. */
    public void discard(List<PortRight> rights) {
        for (PortRight right : rights) {
            if (right.name().isValid()) {
                submit(() -> giveUp(right));
            }
        }
    }

    /** A message came to the notify port. */
    public void onNotification(ReceivedMessage message) {
        if (message.id() == Notification.DEAD_NAME && message.body().size() == Integer.BYTES) {
            PortName dead = PortName.of(Notification.word(message));
            submit(() -> buried(dead));
        } else {
            counters.malformed();
            discard(message.rights());
        }
    }

    /**
     * One reference, and not the name: the right may be to a port of our own, or one that we hold for another client, and then
     * has the same name.
     */
    private void giveUp(PortRight right) throws MachException {
        if (right.disposition() == Disposition.MOVE_RECEIVE) {
            task.modifyReferences(right.name(), RightType.RECEIVE, -1);
        } else {
            task.deallocate(right.name());
        }
    }

    private void watch(PortName client, int socket) throws MachException {
        Set<Integer> sockets = socketsOfClient.get(client);
        if (sockets == null) {
            sockets = new HashSet<>();
            socketsOfClient.put(client, sockets);
            task.requestNotification(client, NotificationType.DEAD_NAME, notifyPort);
        } else {
            // One reference is enough to watch by.
            task.deallocate(client);
        }
        sockets.add(socket);
        clientOfSocket.put(socket, client);
    }

    private void forget(int socket) throws MachException {
        PortName client = clientOfSocket.remove(socket);
        Set<Integer> sockets = client == null ? null : socketsOfClient.get(client);
        if (client != null && sockets != null && sockets.remove(socket) && sockets.isEmpty()) {
            socketsOfClient.remove(client);
            task.requestNotification(client, NotificationType.DEAD_NAME, PortName.NULL);
            task.deallocate(client);
        }
    }

    private void buried(PortName client) throws MachException {
        Set<Integer> sockets = socketsOfClient.remove(client);
        if (sockets != null) {
            counters.deadClient();
            for (int socket : sockets) {
                clientOfSocket.remove(socket);
                closeSocket.accept(socket);
            }
            // The reference that we watched by, which is to a dead name now.
            task.deallocate(client);
        }
        // The reference that the notification brought.
        task.deallocate(client);
    }

    private interface Call {
        void run() throws MachException;
    }

    private void submit(Call call) {
        try {
            thread.execute(() -> {
                try {
                    call.run();
                } catch (MachException e) {
                    LOG.debug("a client's right is gone: {}", e.getMessage());
                }
            });
        } catch (RejectedExecutionException e) {
            if (!thread.isShutdown()) {
                counters.malformed();
                LOG.warn("more than {} deaths and openings wait; a client's rights are kept", MAX_WAITING);
            }
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
