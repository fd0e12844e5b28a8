package org.machbed.netstack.socket;

import java.util.BitSet;
import org.machbed.netstack.memory.RingArena;
import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.TcpConnection;

/**
 * Keeps the {@link SessionRecords} of a stack's sessions up to date: of those that {@link #record} was called for, until they are over
 * or elsewhere. A session whose record cannot be committed has been taken: it leaves the stack at once ({@link TcpSocket#abandon}), and
 * what its last call has done is void. Guarded by the lock of the stack's owner, who calls {@link TcpSockets#recordChanges} after each
 * call into the stack and before the frames leave that it has made.
 */
public final class RecordedSessions {
    private final SessionRecords records;
    private final RingArena rings;
    private final StateTransfer transfer = new StateTransfer();
    private final BitSet used = new BitSet();

    /** Slots whose sessions have left, or were taken, and whose text somebody may still read. */
    private final BitSet gone = new BitSet();

    private boolean voided;

    /**
     * Begins without sessions.
     *
     * @param rings the one that the stack's configuration has as its ring memory
     */
    public RecordedSessions(SessionRecords records, RingArena rings) {
        this.records = records;
        this.rings = rings;
    }

    /**
     * Makes room for a session that is about to come, without a record as yet. {@link #release} must follow.
     *
     * @return its slot
     * @throws SocketLayerException with ENOBUFS when all slots are used
     */
    public int reserve() throws SocketLayerException {
        int slot = used.nextClearBit(0);
        if (slot >= records.slots()) {
            throw new SocketLayerException(Errno.ENOBUFS, "all " + records.slots() + " records are used");
        }
        used.set(slot);
        records.begin(slot);
        return slot;
    }

    /**
     * The session is here, and recorded from now on.
     *
     * @param slot reserved
     * @throws SocketLayerException with ENOTCONN when it is not connected
     */
    public void record(TcpSocket socket, int slot) throws SocketLayerException {
        TcpConnection c = socket.connectionToExport();
        c.recorder((connection, nowNs) -> update(slot, connection, socket, nowNs));
    }

    /** Nobody needs the record of a session any more: it is over, or whoever has it now has all of it. */
    public void release(int slot) {
        used.clear(slot);
        if (gone.get(slot)) {
            gone.clear(slot);
            rings.letGo();
        }
    }

    /** Slots that are used now. */
    public int size() {
        return used.cardinality();
    }

    /** Whether a session was found taken since the last time that this was asked: its frames made since then go nowhere. */
    public boolean takeVoided() {
        boolean was = voided;
        voided = false;
        return was;
    }

    private void update(int slot, TcpConnection c, TcpSocket socket, long nowNs) {
        if (!used.get(slot)) {
            return;
        }
        boolean committed = true;
        if (c.isAway()) {
            // The last record is what it left with, and stays until whoever gets the session has it.
            leave(slot, c);
        } else if (c.state().isSynchronized()) {
            committed = records.write(slot, c, socket, transfer, rings, nowNs);
        } else {
            c.forgetRecorder();
            committed = records.end(slot);
        }
        if (!committed) {
            voided = true;
            leave(slot, c);
            socket.abandon();
        }
    }

    private void leave(int slot, TcpConnection c) {
        c.forgetRecorder();
        if (!gone.get(slot)) {
            gone.set(slot);
            rings.hold();
        }
    }
}
