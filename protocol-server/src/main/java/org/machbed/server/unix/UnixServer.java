package org.machbed.server.unix;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.memory.Scheduling;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.ConflictLog;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSockets;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.server.ClientWatch;
import org.machbed.server.Server;
import org.machbed.server.ServerCounters;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.DriverException;
import org.machbed.server.driver.SessionSwitch;

/**
 * The Unix server (maeda92 sections 2 and 2.3). Its threads are all platform threads: the network input thread, the netisr thread,
 * and a pool of server threads that receive system calls and sleep in them.
 */
public final class UnixServer implements Server {
    private static final int REQUEST_QUEUE_LIMIT = 256;
    private static final int NOTIFICATION_QUEUE_LIMIT = 64;
    private static final int INPUT_PRIORITY = 10;
    private static final long STOP_LIMIT_MILLIS = 500;

    private final MachTask task;
    private final Driver driver;
    private final Consumer<String> onFailure;
    private final boolean wantsRealTime;
    private final BsdKernel kernel;
    private final NetworkStack stack;
    private final ProtocolInput input;
    private final SocketCalls sockets;
    private final SystemCalls calls;
    private final @Nullable SessionCalls sessions;
    private final PortName eventPort;
    private final ServerCounters counters = new ServerCounters();
    private final ClientWatch clients;
    private final ServerThreads threads;
    private final PortName requestPort;
    private final PortName notifyPort;
    private final CompletableFuture<String> realTime = new CompletableFuture<>();
    private @Nullable Thread inputThread;
    private @Nullable Thread netisrThread;
    private volatile boolean isClosed;

    /**
     * @param driver whose sessions, where it has them, may leave the server
     * @param host where clients keep their session memories
     * @param wantsRealTime whether the network input thread asks for SCHED_FIFO
     * @param onFailure told once, with the reason, when the server cannot go on
     */
    public UnixServer(
            MachTask task,
            Driver driver,
            HostDirectory host,
            StackConfiguration configuration,
            Crossings crossings,
            boolean wantsRealTime,
            Consumer<String> onFailure)
            throws MachException {
        this.task = task;
        this.driver = driver;
        this.wantsRealTime = wantsRealTime;
        this.onFailure = onFailure;
        kernel = BsdKernel.boot(crossings);
        stack = new NetworkStack(configuration, new NetworkInterface(kernel, driver.output()));
        stack.conflictListener(new ConflictLog(configuration.mac()));
        input = new ProtocolInput(kernel, System::nanoTime);
        input.attach(stack);
        int maxSleepers = ServerThreads.MAX_THREADS - ServerThreads.RESERVED_THREADS;
        sockets = new SocketCalls(kernel, input, stack, System::nanoTime, maxSleepers);
        requestPort = task.allocatePort(REQUEST_QUEUE_LIMIT);
        notifyPort = task.allocatePort(NOTIFICATION_QUEUE_LIMIT);
        PortName ports = task.allocatePortSet();
        task.moveMember(requestPort, ports);
        task.moveMember(notifyPort, ports);
        clients = new ClientWatch(task, notifyPort, this::closeOfDeadClient, counters);
        SessionSwitch switcher = driver.sessions();
        sessions = switcher == null
                ? null
                : new SessionCalls(
                        task,
                        kernel,
                        sockets,
                        SessionParts.of(
                                kernel, input, stack, configuration, sockets, switcher, host, System::nanoTime));
        eventPort = switcher == null ? PortName.NULL : switcher.events();
        if (eventPort.isValid()) {
            task.moveMember(eventPort, ports);
        }
        calls = new SystemCalls(sockets, sessions, counters, clients);
        threads = new ServerThreads(task, ports, this::onMessage, crossings, e -> fail("a server thread: " + e));
    }

    @Override
    public void start() throws MachException {
        netisrThread = Thread.ofPlatform()
                .daemon()
                .name("netisr")
                .uncaughtExceptionHandler((thread, e) -> fail("the netisr thread: " + e))
                .start(input);
        inputThread = Thread.ofPlatform()
                .daemon()
                .name("network-input")
                .uncaughtExceptionHandler((thread, e) -> fail("the network input thread: " + e))
                .start(this::receiveFrames);
        threads.start();
        task.register(BsdCall.UNIX_SERVER, requestPort);
    }

    private void receiveFrames() {
        boolean granted = wantsRealTime && Scheduling.requestFirstInFirstOut(INPUT_PRIORITY);
        realTime.complete(!wantsRealTime ? "off" : granted ? "granted" : "refused");
        try {
            driver.source().run(input);
        } catch (DriverException e) {
            fail(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable MachMessage onMessage(ReceivedMessage message) {
        if (message.port().equals(notifyPort)) {
            clients.onNotification(message);
            return null;
        }
        if (sessions != null && message.port().equals(eventPort)) {
            if (!sessions.onEvent(message)) {
                counters.malformed();
            }
            return null;
        }
        return calls.execute(message);
    }

    private void closeOfDeadClient(int socket) {
        try {
            if (sessions == null) {
                sockets.close(socket);
            } else {
                sessions.close(socket);
            }
        } catch (SocketLayerException e) {
            // Closed already, by the client's last message.
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
        if (sessions != null) {
            sessions.tellCounters(consumer);
        }
        consumer.accept("openSockets", sockets.openSockets());
        consumer.accept("openSets", sockets.openSets());
        consumer.accept("serverThreads", threads.threads());
        consumer.accept("waitingCalls", sockets.waiting());
        consumer.accept("sleepingThreads", kernel.sleepQueues().sleeping());
        consumer.accept("timerRuns", input.timerRuns());
        consumer.accept("mbufsInUse", kernel.mbufs().inUse());
        consumer.accept("mbufsDenied", kernel.mbufs().denied());
        for (StackCounter counter : StackCounter.values()) {
            consumer.accept("stack." + counter, stack.counters().get(counter));
        }
        // Counting what is closing walks the connections at a raised level; where there are none, watching changes no
        // counts.
        TcpSockets tcp = stack.tcp();
        consumer.accept("TCP_SOCKETS", tcp.openSockets());
        consumer.accept("TCP_CLOSING", tcp.connections() == 0 ? 0 : closingConnections(tcp));
    }

    private int closingConnections(TcpSockets tcp) {
        int s = kernel.spl().splnet();
        try {
            return tcp.closingConnections();
        } finally {
            kernel.spl().splx(s);
        }
    }

    @Override
    public String realTime() {
        try {
            return realTime.get(STOP_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown";
        } catch (ExecutionException | TimeoutException e) {
            return "unknown";
        }
    }

    @Override
    public void close() {
        isClosed = true;
        threads.close();
        sockets.closeAll();
        driver.source().stop();
        input.stop();
        clients.close();
        join(inputThread);
        join(netisrThread);
    }

    private static void join(@Nullable Thread thread) {
        try {
            if (thread != null) {
                thread.join(STOP_LIMIT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
