package org.machbed.netstack.session;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.random.KeyedRandom;

/** A table of sessions, and what they received. */
final class Demultiplexed {
    /** A frame that a target received. */
    static final class Received {
        private final String target;
        private final byte[] frame;

        Received(String target, byte[] frame) {
            this.target = target;
            this.frame = frame;
        }

        String target() {
            return target;
        }

        byte[] frame() {
            return frame;
        }

        @Override
        public String toString() {
            return target + " " + Packet.describe(frame);
        }
    }

    final SessionCounters counters = new SessionCounters();
    final SessionTable<String> table = new SessionTable<>(new KeyedRandom(1), counters);
    final List<Received> received = new ArrayList<>();
    long nowNs;
    private final MemorySegment input = Arena.ofAuto().allocate(70_000);

    /** Host a's UDP port with port of host b. */
    static SessionTemplate udp(int localPort, int remotePort) {
        return new SessionTemplate(IpProtocol.UDP, Host.IP_A, localPort, Host.IP_B, remotePort);
    }

    static SessionTemplate udpWithAny(int localPort) {
        return SessionTemplate.withAny(IpProtocol.UDP, Host.IP_A, localPort);
    }

    SessionCounter give(Packet packet) {
        return give(packet.frame());
    }

    SessionCounter give(byte... frame) {
        long offset = 5; // nothing may rely on alignment
        MemorySegment.copy(frame, 0, input, ValueLayout.JAVA_BYTE, offset, frame.length);
        return table.match(input, offset, frame.length, nowNs, this::onFrame);
    }

    void onFrame(String target, MemorySegment memory, long offset, int lengthBytes) {
        received.add(new Received(target, memory.asSlice(offset, lengthBytes).toArray(ValueLayout.JAVA_BYTE)));
    }

    /** What was received since the last call, read aloud. */
    List<String> take() {
        List<String> texts = received.stream().map(Received::toString).toList();
        received.clear();
        return texts;
    }
}
