package org.machbed.server.unix;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.session.SessionMemory;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SessionRecords;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.state.StateException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The session memories of all clients, one each. */
final class SessionMemories {
    /** Clients that have one: as many as the kernel has session windows. */
    static final int MAX_MEMORIES = 64;

    private static final Logger LOG = LoggerFactory.getLogger(SessionMemories.class);
    private static final SessionRecords.Found NOTHING = new SessionRecords.Found(false, null);

    private final Spl spl;
    private final FileTable files; // guarded by NET
    private final HostDirectory host;
    private final MigrationCounters counters;
    private final Map<PortName, BsdSessionMemory> memories = new HashMap<>(); // guarded by NET

    SessionMemories(BsdKernel kernel, FileTable files, HostDirectory host, MigrationCounters counters) {
        this.spl = kernel.spl();
        this.files = files;
        this.host = host;
        this.counters = counters;
    }

    /**
     * Opens a client's memory; at no level.
     *
     * @param name of its file in the host's directory
     * @throws SocketLayerException with EACCES for a client that tells nothing of itself, EINVAL when there is no such memory there,
     *     EALREADY when the client has one open, ENOBUFS, EMFILE
     */
    int open(PortName client, String name) throws SocketLayerException {
        if (!client.isValid()) {
            throw new SocketLayerException(Errno.EACCES, "sessions are of clients that have a name");
        }
        SessionMemory memory;
        try {
            memory = SessionMemory.open(host.resolve(name));
        } catch (IOException e) {
            throw new SocketLayerException(Errno.EINVAL, "no session memory: " + e.getMessage());
        }
        try {
            return add(client, memory);
        } catch (SocketLayerException e) {
            memory.close();
            throw e;
        }
    }

    private int add(PortName client, SessionMemory memory) throws SocketLayerException {
        int s = spl.splnet();
        try {
            if (memories.containsKey(client)) {
                throw new SocketLayerException(Errno.EALREADY, "the client has a session memory already");
            }
            if (memories.size() == MAX_MEMORIES) {
                throw new SocketLayerException(Errno.ENOBUFS, MAX_MEMORIES + " session memories are open already");
            }
            files.checkRoom();
            BsdSessionMemory file = new BsdSessionMemory(client, memory, () -> memories.remove(client));
            memories.put(client, file);
            return files.add(file, client);
        } finally {
            spl.splx(s);
        }
    }

    /**
     * Takes a session from its client: what that still does with it is in vain. At {@link Spl#NET}.
     *
     * @return what the client has recorded last; nothing where it has recorded nothing
     * @throws StateException when what it has recorded makes no sense, or cannot be read
     */
    SessionRecords.Found take(AwaySession away) {
        SessionMemory memory = memoryOf(away);
        if (memory == null) {
            return NOTHING;
        }
        try {
            SessionRecords.Found found = memory.records().take(away.record(), memory.rings());
            TcpSessionState state = found.state();
            if (state != null && !state.template().equals(away.template())) {
                throw new StateException("it is of " + state.template());
            }
            return found;
        } catch (InternalError e) {
            damaged(away, e);
            throw new StateException("its memory has been cut short");
        }
    }

    /** Whether a session's client has recorded it. At {@link Spl#NET}. */
    boolean isRecorded(AwaySession away) {
        SessionMemory memory = memoryOf(away);
        try {
            return memory != null && memory.records().isRecorded(away.record());
        } catch (InternalError e) {
            damaged(away, e);
            return false;
        }
    }

    private @Nullable SessionMemory memoryOf(AwaySession away) {
        BsdSessionMemory file = memories.get(away.client());
        if (file == null || away.record() < 0 || away.record() >= file.memory().slots()) {
            return null;
        }
        return file.memory();
    }

    /** Memory that is mapped and has no file behind it any more. */
    private void damaged(AwaySession away, InternalError fault) {
        counters.damagedMemory();
        LOG.warn("the memory with the record of {} has been cut short: {}", away.template(), fault.getMessage());
    }
}
