package org.machbed.ipc.mach;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.proto.mach.Operation;

/**
 * A task: a process, or part of one, with a port name space of its own in the host's kernel-node. All methods may be called by
 * many threads, platform or virtual, at once. Those that wait honour interrupts: they fail with MACH_SEND_INTERRUPTED or
 * MACH_RCV_INTERRUPTED and leave the thread's interrupt status set. On the transport's own thread (in a
 * {@link MessageHandler}) only {@link #reply}, {@link #post} and {@link #outOfLine} may be called; the others throw
 * {@link IllegalStateException} there.
 *
 * <p>A timeout is {@code null} to wait for ever and {@link Duration#ZERO} not to wait at all. After the kernel-node is gone every
 * call fails with KERN_TERMINATED at once, also those that were waiting.
 *
 * <p>Semantics are Mach 3.0's (Mach 3 Kernel Interfaces, chapters 2 and 3) with one deviation: a send that fails takes nothing
 * from the sender; its rights keep their names, and its regions stay the caller's to send again or close.
 */
public interface MachTask extends AutoCloseable {

    /**
     * Makes a new task of a host; nothing of it is counted as crossings.
     *
     * @param taskName for logs
     * @throws MachException KERN_TERMINATED when no kernel-node answers there
     */
    static MachTask connect(HostDirectory host, MachTransport transport, String taskName) throws MachException {
        return connect(host, transport, taskName, Crossings.unshared());
    }

    /**
     * Makes a new task of a host.
     *
     * @param taskName for logs
     * @param crossings where out-of-line maps of this task are counted
     * @throws MachException KERN_TERMINATED when no kernel-node answers there
     */
    static MachTask connect(HostDirectory host, MachTransport transport, String taskName, Crossings crossings)
            throws MachException {
        return switch (transport) {
            case GRPC ->
                ConnectedTask.connect(
                        host.path(),
                        receiver -> new GrpcFrameChannel(host.kernelSocket(), taskName, receiver),
                        Frames.of(Operation.ATTACH).setText(taskName).build(),
                        crossings);
            case CHRONICLE ->
                ConnectedTask.connect(
                        host.path(),
                        receiver -> new ChronicleFrameChannel(host, taskName, receiver),
                        Frames.of(Operation.ATTACH)
                                .setText(taskName)
                                .setValue(1)
                                .build(),
                        crossings);
        };
    }

    /** The number that the kernel gave this task; never 0. */
    int taskNumber();

    /**
     * Allocates a port and its receive right.
     *
     * @param queueLimit messages queued before senders wait, 1 to {@link MachLimits#MAX_QUEUE_LIMIT}
     */
    PortName allocatePort(int queueLimit) throws MachException;

    /** Allocates an empty port set. */
    PortName allocatePortSet() throws MachException;

    /** Moves a receive right into a port set, or out of its set when {@code portSet} is {@link PortName#NULL}. */
    void moveMember(PortName port, PortName portSet) throws MachException;

    /** Adds one user reference to a send right under a receive right's name, and answers that name. */
    PortName makeSendRight(PortName port) throws MachException;

    /** Gives up one user reference of a send right, a send-once right or a dead name. */
    void deallocate(PortName name) throws MachException;

    /** Gives up everything that the name denotes; the port of a receive right dies. */
    void destroy(PortName name) throws MachException;

    /** Changes the user references of one right (mach_port_mod_refs); -1 destroys a receive right or port set. */
    void modifyReferences(PortName name, RightType right, int delta) throws MachException;

    /** What a name denotes. */
    PortStatus status(PortName name) throws MachException;

    /**
     * Asks for a notification, which replaces an earlier request of the same type: for NO_SENDERS {@code port} is a receive
     * right, for DEAD_NAME a send or send-once right. It comes as a message through a send-once right made from
     * {@code notifyPort}; {@link PortName#NULL} there cancels. When what it tells has happened already, it comes at once (for
     * NO_SENDERS: when send rights were made and all are gone).
     */
    void requestNotification(PortName port, NotificationType type, PortName notifyPort) throws MachException;

    /** Fills a memory object with {@code source}'s remaining bytes; its position is left alone. */
    OutOfLine outOfLine(ByteBuffer source) throws MachException;

    /**
     * Sends, and returns when the message is queued or has a receiver. Waits while the queue is full.
     *
     * @throws MachException MACH_SEND_TIMED_OUT when the queue had no room in time, or another MACH_SEND code
     */
    void send(MachMessage message, @Nullable Duration timeout) throws MachException;

    /**
     * Sends without being told the outcome: a message that cannot be queued at once is dropped with its rights and regions, and
     * counted by the kernel. Never waits for the kernel.
     */
    void post(MachMessage message) throws MachException;

    /** Receives the next message of a port, or of any member of a port set. */
    ReceivedMessage receive(PortName portOrSet, @Nullable Duration timeout) throws MachException;

    /**
     * Sends a request with a send-once right for the reply and receives the reply, in one exchange with the kernel. The
     * request must not have a reply port of its own.
     *
     * @param timeout for request and reply together
     * @throws MachException MACH_SEND_INVALID_DEST when the server is dead, MIG_SERVER_DIED when it dies before it replies
     */
    ReceivedMessage rpc(MachMessage request, @Nullable Duration timeout) throws MachException;

    /**
     * An {@link #rpc} without a timeout, and with the reply whatever happens to the thread: when it is interrupted it does not give up,
     * which would lose a reply that is on its way, but asks the server to end the call.
     *
     * @param interruption how to ask
     */
    ReceivedMessage rpcDespiteInterrupt(MachMessage request, Interruption interruption) throws MachException;

    /**
     * Sends a reply through the received message's reply right (whatever destination {@code reply} has) and receives the next
     * message, in one frame. A client that died is no error: the reply is dropped.
     */
    ReceivedMessage replyAndReceive(ReceivedMessage received, MachMessage reply, PortName portOrSet)
            throws MachException;

    /**
     * Sends a reply through the received message's reply right (whatever destination {@code reply} has), now or later, from any
     * thread. A client that died is no error: the reply is dropped. Never waits for the kernel.
     */
    void reply(ReceivedMessage received, MachMessage reply) throws MachException;

    /**
     * Keeps a receive posted on a port or port set and runs {@code handler} for each message on the transport's own thread. Ends
     * when the port dies or the task closes.
     */
    void serve(PortName portOrSet, MessageHandler handler) throws MachException;

    /** Registers a send right to {@code port} under {@code service} in the host's bootstrap directory while the port lives. */
    void register(String service, PortName port) throws MachException;

    /**
     * A send right to a registered service, waiting until it is registered.
     *
     * @throws MachException KERN_ABORTED when it is not registered in time
     */
    PortName lookUp(String service, @Nullable Duration timeout) throws MachException;

    /** Runs {@code action} once, on the transport's thread, when the kernel-node goes away before this task is closed. */
    void onKernelDeath(Runnable action);

    /** Leaves the kernel: the task's rights die. Waiting calls fail with KERN_TERMINATED. */
    @Override
    void close();
}
