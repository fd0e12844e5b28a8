package org.machbed.netstack.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.session.SessionTemplate;

/**
 * Frames to sessions in random order. They fill 1 MiB whatever the number of sessions, so that what the processor's caches make
 * of the frames is the same each time, and what differs is the table.
 */
final class SessionFrames {
    static final int FRAMES = 16_384;
    static final int FRAME_BYTES = 64;

    private SessionFrames() {}

    /** The session of a number. */
    static SessionTemplate template(int number) {
        return new SessionTemplate(IpProtocol.UDP, Host.IP_A, 1 + number, Host.IP_B + number % 100, 1024 + number % 7);
    }

    /** Frames to sessions of 0 to {@code sessions} - 1, or to ports next to theirs, which nobody has. */
    static MemorySegment toSessions(int sessions, boolean hit) {
        SplittableRandom random = new SplittableRandom(sessions);
        MemorySegment memory = Arena.ofAuto().allocate((long) FRAMES * FRAME_BYTES, FRAME_BYTES);
        for (int i = 0; i < FRAMES; i++) {
            SessionTemplate template = template(random.nextInt(sessions));
            byte[] frame = Packet.udp(template.remotePort() + (hit ? 0 : 7), template.localPort(), new byte[22])
                    .from(Ipv4Address.format(template.remoteIpv4()))
                    .frame();
            MemorySegment.copy(frame, 0, memory, ValueLayout.JAVA_BYTE, (long) i * FRAME_BYTES, FRAME_BYTES);
        }
        return memory;
    }
}
