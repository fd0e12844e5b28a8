package org.machbed.client.session;

import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntConsumer;
import org.machbed.client.binding.SessionStubs;
import org.machbed.client.library.LibrarySessions;
import org.machbed.client.library.Publication;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.session.SessionMemory;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.memory.RingMemory;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.RecordedSessions;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSocket;

/**
 * The records of this process's connections, which the server goes on from when the process is gone or seems to have stopped: written
 * after each call into the stack, and only then the frames leave that depend on them. Where a record cannot be committed, the
 * server has taken the session, and the kernel refuses the frames that the session still sends.
 */
final class SessionRecording implements Publication, LibrarySessions.Arrivals, AutoCloseable {
    /** As many as a process may have sockets. */
    private static final int SLOTS = SessionMemory.MAX_SLOTS;

    /** Memory for the buffers of all connections: reserved when the process starts. */
    static final int RING_BYTES = 32 << 20;

    private final SessionMemory memory;
    private final RingArena rings;
    private final RecordedSessions records;
    private final HeldFrames link;

    /** Slots by descriptor, from before the session comes until its record is of no use any more. */
    private final ConcurrentHashMap<Integer, Integer> slots = new ConcurrentHashMap<>();

    /** Told at once when a session was found taken. */
    private volatile Runnable onTaken = () -> {};

    SessionRecording(SessionMemory memory, HeldFrames link) {
        this.memory = memory;
        this.link = link;
        rings = new RingArena(memory.rings());
        records = new RecordedSessions(memory.records(), rings);
        link.holdBack();
    }

    /** Makes the memory and tells the server. */
    static SessionRecording open(HostDirectory host, SessionStubs server, SessionWindowLink link) throws IOException {
        SessionMemory memory = SessionMemory.create(host.fresh("sessions"), SLOTS, RING_BYTES);
        try {
            server.sessionMemory(String.valueOf(memory.path().getFileName()));
            // Both have mapped it, and nobody else is to.
            memory.unlink();
            return new SessionRecording(memory, link);
        } catch (IOException | RuntimeException e) {
            memory.unlink();
            memory.close();
            throw e;
        }
    }

    /** Where the stack's buffers are to lie. */
    RingMemory rings() {
        return rings;
    }

    /**
     * Makes room for the record of a session that is to be asked for. With the library's lock, as {@link #release}.
     *
     * @return its number
     */
    int reserve(int descriptor) throws SocketLayerException {
        int slot = records.reserve();
        slots.put(descriptor, slot);
        return slot;
    }

    /** Nobody will ask for a session's record any more. One that has none is ignored. */
    void release(int descriptor) {
        Integer slot = slots.remove(descriptor);
        if (slot != null) {
            records.release(slot);
        }
    }

    @Override
    public void onArrival(TcpSocket connection, int descriptor) throws SocketLayerException {
        Integer slot = slots.get(descriptor);
        if (slot == null) {
            throw new SocketLayerException(Errno.EIO, "no record was made room for");
        }
        records.record(connection, slot);
    }

    @Override
    public void publish(NetworkStack stack, long nowNs) {
        stack.tcp().recordChanges(nowNs);
        // Those of a session that was taken go no further than the kernel: it is the server's there already.
        link.letGo();
        if (records.takeVoided()) {
            onTaken.run();
        }
    }

    /** @param told with the library's lock, of sessions that the server has taken */
    void onTaken(Runnable told) {
        onTaken = told;
    }

    /** Whether the server has taken a session, which may not have come yet. */
    boolean isTaken(int descriptor) {
        Integer slot = slots.get(descriptor);
        return slot != null && memory.records().isTaken(slot);
    }

    /** Tells of connections that the server has taken. */
    void forEachTaken(IntConsumer consumer) {
        for (int descriptor : slots.keySet()) {
            if (isTaken(descriptor)) {
                consumer.accept(descriptor);
            }
        }
    }

    /** Unmaps the memory, which nobody may use any more; no session is recorded from now on. */
    @Override
    public void close() {
        slots.clear();
        memory.close();
    }
}
