package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.LentText;
import org.machbed.netstack.socket.ReservedRoom;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.StreamListener;
import org.machbed.netstack.socket.TcpSocket;

/**
 * What an application sends and receives by its socket, piece by piece and with pauses. It calls when it was told that it may, so
 * that what it was not told of stops it for ever.
 */
final class Exchange implements StreamListener {
    private static final int LARGEST_RECEIVE_BYTES = 1 << 16;

    private final World world;
    private final Endpoint endpoint;
    private final Behaviour behaviour;
    private final Dice dice;
    private final OneWayStream outgoing;
    private final MemorySegment scratch = MemorySegment.ofArray(new byte[LARGEST_RECEIVE_BYTES]);

    // What it was told and has not used up.
    private boolean mayReceive;
    private boolean maySend;

    private long receivesAgainNs = Long.MIN_VALUE;
    private long sendsAgainNs = Long.MIN_VALUE;
    private int pausesLeft;

    /** What it has received and looks at. */
    private @Nullable LentText lent;

    /** What that was when it was lent. */
    private MemorySegment copy = scratch;

    /** Whether it has stopped to receive before the end. */
    private boolean deaf;

    Exchange(World world, Endpoint endpoint, Behaviour behaviour, Dice dice, OneWayStream outgoing) {
        this.world = world;
        this.endpoint = endpoint;
        this.behaviour = behaviour;
        this.dice = dice;
        this.outgoing = outgoing;
        pausesLeft = behaviour.pauses();
    }

    /** Begins, or begins anew, over a connection that is not there yet. */
    void connecting() {
        outgoing.restart();
        mayReceive = false;
        maySend = behaviour.sendsEarly();
    }

    void connected() {
        mayReceive = true;
        maySend = true;
    }

    /** Receives what it can and wants to now. */
    void receive(TcpSocket s, long nowNs) throws SocketLayerException {
        OneWayStream incoming = endpoint.incoming();
        while (mayReceive && !incoming.isReceived() && !endsNow() && nowNs >= receivesAgainNs) {
            int room = Math.min(LARGEST_RECEIVE_BYTES, 1 + dice.below(behaviour.receiveBytes()));
            mayReceive = false; // before the call, which may tell more
            int bytes = behaviour.lends() && lent == null ? lend(s, room, nowNs) : s.receive(scratch, 0, room, nowNs);
            if (bytes == TcpSocket.END_OF_STREAM) {
                endpoint.say(nowNs, "has received all " + incoming.receivedBytes());
                incoming.receiveEnd(endpoint.toString(), deaf);
            } else if (bytes > 0) {
                mayReceive = true;
                world.journal().mix(incoming.receivedBytes());
                incoming.receive(endpoint.toString(), scratch, bytes);
                if (pauses()) {
                    receivesAgainNs = pause(nowNs);
                }
                if (dice.chance(behaviour.fickleness())) {
                    OptionChange.any(s, dice, nowNs);
                }
            }
        }
    }

    /** Receives text where it lies, which it looks at now and once more before it gives it back. */
    private int lend(TcpSocket s, int room, long nowNs) throws SocketLayerException {
        LentText text = s.lend(room, nowNs);
        if (text == null || text.equals(LentText.END_OF_STREAM)) {
            return text == null ? 0 : TcpSocket.END_OF_STREAM;
        }
        copy = MemorySegment.ofArray(text.memory().toArray(ValueLayout.JAVA_BYTE));
        scratch.asSlice(0, copy.byteSize()).copyFrom(copy);
        lent = text;
        world.schedule().at(nowNs + behaviour.thinkNs(), atNs -> {
            if (text.equals(lent)) {
                endLoan(atNs);
            }
        });
        return (int) copy.byteSize();
    }

    /** Gives back what is lent, if anything is. */
    void endLoan(long nowNs) {
        LentText text = lent;
        if (text == null) {
            return;
        }
        lent = null;
        if (text.memory().mismatch(copy) >= 0) {
            throw new Violation(endpoint + " had text lent that did not stay as it was");
        }
        text.giveBack(nowNs);
    }

    /** Its stack is gone, and what that has lent. */
    void forgetLoan() {
        lent = null;
    }

    /** Composes text where it is sent from; answers how much. */
    private int compose(TcpSocket s, long at, int length, long nowNs) throws SocketLayerException {
        ReservedRoom room = s.reserve(length, nowNs);
        if (room == null) {
            return 0;
        }
        int bytes = (int) room.memory().byteSize();
        MemorySegment.copy(StreamContent.TABLE, at, room.memory(), 0, bytes);
        if (!s.commit(room, bytes, nowNs)) {
            throw new Violation(endpoint + " has composed in room that is its connection's no more");
        }
        return bytes;
    }

    private int sendPlain(TcpSocket s, long at, int length, long nowNs) throws SocketLayerException {
        return behaviour.lends() ? compose(s, at, length, nowNs) : s.send(StreamContent.TABLE, at, length, nowNs);
    }

    /** Sends what it can and wants to now. */
    void send(TcpSocket s, long nowNs) throws SocketLayerException {
        OneWayStream incoming = endpoint.incoming();
        boolean answers = incoming.isReceived() || incoming.receivedBytes() >= behaviour.sendsAfterBytes();
        while (answers && maySend && !hasSentAll() && !endsNow() && nowNs >= sendsAgainNs) {
            int left = behaviour.totalBytes() - outgoing.sentBytes();
            int length = Math.min(left, 1 + dice.below(behaviour.sendBytes()));
            outgoing.give(length);
            long at = outgoing.position();
            maySend = false; // before the call, which may tell more
            int taken = dice.chance(behaviour.urgency())
                    ? s.sendUrgent(StreamContent.TABLE, at, length, nowNs)
                    : sendPlain(s, at, length, nowNs);
            outgoing.sent(taken);
            // Room that is reserved may be less only because a ring ends there.
            maySend |= taken == length || (behaviour.lends() && taken > 0);
            if (pauses()) {
                sendsAgainNs = pause(nowNs);
            }
            if (dice.chance(behaviour.fickleness())) {
                OptionChange.any(s, dice, nowNs);
            }
        }
    }

    private boolean pauses() {
        return pausesLeft > 0 && dice.chance(0.2);
    }

    private long pause(long nowNs) {
        pausesLeft--;
        long untilNs = nowNs + dice.between(0, behaviour.pauseNs());
        world.schedule().at(untilNs, endpoint::planTurn);
        return untilNs;
    }

    /** Receives nothing more, and goes on sending. */
    void stopReceiving(TcpSocket s, long nowNs) throws SocketLayerException {
        endpoint.say(nowNs, "stops to receive");
        deaf = true;
        mayReceive = true;
        receivesAgainNs = nowNs;
        s.shutdownReceiving(nowNs);
        receive(s, nowNs);
        send(s, nowNs);
    }

    boolean hasSentAll() {
        return outgoing.sentBytes() >= behaviour.totalBytes();
    }

    boolean isDeaf() {
        return deaf;
    }

    /** Whether it ends before its time, here. */
    boolean endsNow() {
        int bytes = outgoing.sentBytes() + endpoint.incoming().receivedBytes();
        return behaviour.endsEarly() && !deaf && bytes >= behaviour.endsAtBytes();
    }

    // ---- What it is told

    @Override
    public void onConnected() {
        onHangUp();
    }

    @Override
    public void onReadable() {
        mayReceive = true;
        endpoint.planTurn(world.nowNs());
    }

    @Override
    public void onWritable() {
        maySend = true;
        endpoint.planTurn(world.nowNs());
    }

    @Override
    public void onAcceptable() {
        throw new Violation(endpoint + " does not listen");
    }

    @Override
    public void onError(Errno errno) {
        onHangUp();
    }

    @Override
    public void onHangUp() {
        mayReceive = true;
        maySend = true;
        endpoint.planTurn(world.nowNs());
    }
}
