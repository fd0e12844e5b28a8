package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;

/** A library's way to the network, under its host's station: frames leave after the records on which they depend were written. */
final class LibraryOutput implements FrameOutput {
    private final World world;
    private final SimulatedHost host;
    private final ArrayDeque<FrameBuffer> held = new ArrayDeque<>();
    private int lentFrames;

    LibraryOutput(World world, SimulatedHost host) {
        this.world = world;
        this.host = host;
    }

    int lentFrames() {
        return lentFrames;
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (world.wire().isFull()) {
            return null;
        }
        lentFrames++;
        FrameBuffer frame = new FrameBuffer();
        frame.memory = MemorySegment.ofArray(new byte[lengthBytes]);
        frame.length = lengthBytes;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        lentFrames--;
        held.add(frame);
    }

    /** Lets go what the calls into the stack made, once records are up to date. */
    void flush() {
        for (FrameBuffer frame = held.poll(); frame != null; frame = held.poll()) {
            world.wire().send(host, frame.memory, frame.length, world.nowNs());
        }
    }

    /** Throws away what waits of a session that is not the library's any more, as the kernel does. */
    void discard(SessionTemplate session) {
        var toItsPeer = new SessionTemplate(
                session.protocol(),
                /* localIpv4= */ session.remoteIpv4(),
                /* localPort= */ session.remotePort(),
                /* remoteIpv4= */ session.localIpv4(),
                /* remotePort= */ session.localPort());
        SessionTable<SessionTemplate> refused = new SessionTable<>(new KeyedRandom(0), new SessionCounters());
        try {
            refused.add(toItsPeer, toItsPeer);
        } catch (SessionException e) {
            throw new IllegalStateException("an empty table has no room", e);
        }
        held.removeIf(frame -> refused.match(frame.memory, 0, frame.length, world.nowNs(), (_, _, _, _) -> {})
                == SessionCounter.DELIVERED);
    }

    @Override
    public void release(FrameBuffer frame) {
        lentFrames--;
    }
}
