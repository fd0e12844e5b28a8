package org.machbed.server.udp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.server.ClientWatch;
import org.machbed.server.Server;
import org.machbed.server.ServerCounters;
import org.machbed.server.ServerThreadKind;
import org.machbed.server.driver.Driver;

/**
 * The restructured UDP server (maeda92 section 3) as a service of its host. Requests and frames that come as messages are handled
 * on the threads that {@link ServerThreadKind} names; no call waits, so a few threads are enough for any number of clients.
 */
public final class UdpServer implements Server {
    private static final int REQUEST_QUEUE_LIMIT = 256;
    private static final int NOTIFICATION_QUEUE_LIMIT = 64;
    private static final int REQUEST_THREADS = 4;

    private final MachTask task;
    private final Driver driver;
    private final Crossings crossings;
    private final ServerThreadKind threadKind;
    private final Consumer<String> onFailure;
    private final UdpService service;
    private final ServerCounters counters = new ServerCounters();
    private final ClientWatch clients;
    private final UdpRpc rpc;
    private final FrameInput input;
    private final PortName requestPort;
    private final PortName notifyPort;
    private final PortName ports;
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean isClosed;

    /** @param onFailure told, with the reason, when the server cannot go on */
    public UdpServer(
            MachTask task,
            Driver driver,
            StackConfiguration configuration,
            Crossings crossings,
            ServerThreadKind threadKind,
            Consumer<String> onFailure)
            throws MachException {
        this.task = task;
        this.driver = driver;
        this.crossings = crossings;
        this.threadKind = threadKind;
        this.onFailure = onFailure;
        service = new UdpService(configuration, driver.output(), crossings, System::nanoTime);
        input = new FrameInput(driver, service, threadKind, this::fail);
        requestPort = task.allocatePort(REQUEST_QUEUE_LIMIT);
        notifyPort = task.allocatePort(NOTIFICATION_QUEUE_LIMIT);
        ports = task.allocatePortSet();
        task.moveMember(requestPort, ports);
        task.moveMember(notifyPort, ports);
        clients = new ClientWatch(task, notifyPort, service::close, counters);
        rpc = new UdpRpc(task, service, counters, clients);
    }

    @Override
    public void start() throws MachException {
        service.start(this::fail);
        input.start();
        if (threadKind == ServerThreadKind.TRANSPORT) {
            task.serve(ports, this::serve);
        } else {
            Thread.Builder builder = threadKind == ServerThreadKind.VIRTUAL
                    ? Thread.ofVirtual()
                    : Thread.ofPlatform().daemon();
            for (int i = 0; i < REQUEST_THREADS; i++) {
                threads.add(builder.name("server-" + i).start(this::receiveRequests));
            }
        }
        task.register(BsdCall.UDP_SERVER, requestPort);
    }

    /** On the transport's thread, which goes on: the failure is told as a thread of the server's own would. */
    private void serve(ReceivedMessage message) {
        try {
            onMessage(message);
        } catch (RuntimeException | Error e) {
            fail("a request on the transport's thread: " + e);
            throw e;
        }
    }

    private void onMessage(ReceivedMessage message) {
        if (message.port().equals(notifyPort)) {
            clients.onNotification(message);
        } else {
            rpc.onMessage(message);
        }
    }

    private void receiveRequests() {
        try {
            @Nullable ReceivedMessage answered = null;
            @Nullable MachMessage reply = null;
            while (!isClosed) {
                ReceivedMessage message = answered == null || reply == null
                        ? task.receive(ports, null)
                        : task.replyAndReceive(answered, reply, ports);
                // The transport's thread woke this one.
                crossings.count(Crossing.HAND_OFFS);
                answered = message;
                try (message) {
                    if (message.port().equals(notifyPort)) {
                        clients.onNotification(message);
                        reply = null;
                    } else {
                        reply = rpc.execute(message);
                    }
                }
            }
        } catch (MachException | RuntimeException | Error e) {
            fail("a server thread: " + e);
        }
    }

    private void fail(String reason) {
        if (!isClosed) {
            onFailure.accept(reason);
        }
    }

    @Override
    public void tellCounters(ObjLongConsumer<String> consumer) {
        counters.tell(consumer);
        consumer.accept("openSockets", service.openSockets());
        consumer.accept("waitingCalls", service.waitingCalls());
        for (StackCounter counter : StackCounter.values()) {
            consumer.accept("stack." + counter, service.stackCounters().get(counter));
        }
    }

    @Override
    public String realTime() {
        return "off";
    }

    @Override
    public void close() {
        isClosed = true;
        threads.forEach(Thread::interrupt);
        driver.source().stop();
        service.close();
        clients.close();
        input.join();
    }
}
