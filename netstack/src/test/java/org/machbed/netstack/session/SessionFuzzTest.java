package org.machbed.netstack.session;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames of random bytes and spoilt frames, the same every time: nothing throws, and whose a frame is, a plain decoder says too. */
class SessionFuzzTest {
    private static final long SEED = 0x59756861726139L;
    private static final int FRAMES = 200_000;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Demultiplexed demultiplexed = new Demultiplexed();
    private final List<byte[]> good = new ArrayList<>();

    private final Set<String> sessions = new HashSet<>();

    /** Whose the datagrams are whose first fragment came. */
    private final Map<String, String> owners = new HashMap<>();

    private void addSessionsAndFrames() throws SessionException {
        for (int port = 1; port <= 4; port++) {
            add(SessionTemplate.withAny(IpProtocol.UDP, Host.IP_A, port));
            add(new SessionTemplate(IpProtocol.TCP, Host.IP_A, port, Host.IP_B, 1024));
            Packet datagram = Packet.udp(1024 + port % 2, port, new byte[80]).identification(port);
            good.add(datagram.frame());
            good.add(datagram.part(0, 32, true).frame());
            good.add(datagram.part(32, 32, true).frame());
            good.add(datagram.part(64, 24, false).frame());
            good.add(Packet.udp(9, port, new byte[3]).options(1, 1, 1, 0).frame());
            byte[] segment = new byte[40];
            segment[0] = 4;
            segment[3] = (byte) port;
            segment[12] = (byte) 0x50;
            Packet tcp = Packet.tcp("192.0.2.2", "192.0.2.1", segment);
            good.add(tcp.frame());
            good.add(tcp.part(0, 24, true).frame());
            good.add(tcp.part(24, 16, false).frame());
        }
    }

    private void add(SessionTemplate template) throws SessionException {
        demultiplexed.table.add(template, template.toString());
        sessions.add(template.toString());
    }

    private byte[] nextFrame() {
        if (random.nextInt(8) == 0) {
            byte[] noise = new byte[random.nextInt(100)];
            random.nextBytes(noise);
            return noise;
        }
        byte[] frame = good.get(random.nextInt(good.size()));
        frame = Arrays.copyOf(frame, random.nextInt(8) == 0 ? random.nextInt(frame.length + 20) : frame.length);
        for (int changes = random.nextInt(4); changes > 0 && frame.length > 0; changes--) {
            frame[random.nextInt(Math.min(frame.length, 60))] =
                    (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(6));
        }
        if (frame.length >= 34 && random.nextInt(8) != 0) {
            correctChecksum(frame);
        }
        return frame;
    }

    private static void correctChecksum(byte[] frame) {
        int end = Math.min(frame.length - 1, 14 + (frame[14] & 0xF) * 4);
        int sum = 0;
        for (int i = 14; i < end; i += 2) {
            sum += i == 24 ? 0 : (frame[i] & 0xFF) << 8 | (frame[i + 1] & 0xFF);
        }
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = ~(sum + (sum >> 16));
        frame[24] = (byte) (sum >> 8);
        frame[25] = (byte) sum;
    }

    @Test
    void whoseAFrameIsAPlainDecoderSaysToo() throws SessionException {
        addSessionsAndFrames();
        for (int i = 0; i < FRAMES; i++) {
            byte[] frame = nextFrame();
            demultiplexed.nowNs += random.nextInt(100_000_000);
            demultiplexed.received.clear();
            SessionCounter fate = demultiplexed.give(frame);
            check(frame, fate);
        }
        for (SessionCounter counter : List.of(
                SessionCounter.DELIVERED,
                SessionCounter.FRAGMENT_DELIVERED,
                SessionCounter.FRAGMENT_KEPT,
                SessionCounter.NO_SESSION,
                SessionCounter.MALFORMED_IPV4,
                SessionCounter.MALFORMED_FRAGMENT,
                SessionCounter.MALFORMED_TRANSPORT,
                SessionCounter.OTHER_PROTOCOL)) {
            assertThat(demultiplexed.counters.get(counter)).as("%s", counter).isGreaterThan(FRAMES / 1000);
        }
    }

    private void check(byte[] frame, SessionCounter fate) {
        ReferenceDecoder decoder = ReferenceDecoder.of(frame);
        String owner = decoder == null ? null : ownerOf(decoder);
        boolean later = decoder != null && decoder.start() != 0;
        switch (fate) {
            case DELIVERED -> {
                assertThat(owner).isNotNull();
                assertThat(later).isFalse();
            }
            case FRAGMENT_DELIVERED -> assertThat(later && owner != null).isTrue();
            case FRAGMENT_KEPT -> assertThat(later).isTrue();
            case NO_SESSION -> {
                assertThat(decoder).isNotNull();
                assertThat(owner).isNull();
            }
            default -> assertThat(decoder).as("%s", fate).isNull();
        }
        for (Demultiplexed.Received received : demultiplexed.received) {
            ReferenceDecoder each = ReferenceDecoder.of(received.frame());
            assertThat(received.target()).isEqualTo(owner);
            assertThat(each != null && decoder != null && each.datagram().equals(decoder.datagram()))
                    .isTrue();
        }
        assertThat(demultiplexed.received.isEmpty())
                .isEqualTo(fate != SessionCounter.DELIVERED && fate != SessionCounter.FRAGMENT_DELIVERED);
    }

    private @Nullable String ownerOf(ReferenceDecoder decoder) {
        if (decoder.start() != 0) {
            return owners.get(decoder.datagram());
        }
        String owner = null;
        if (sessions.contains(decoder.session())) {
            owner = decoder.session();
        } else if (sessions.contains(decoder.withAny())) {
            owner = decoder.withAny();
        }
        if (decoder.isFragment()) {
            owners.remove(decoder.datagram());
            if (owner != null) {
                owners.put(decoder.datagram(), owner);
            }
        }
        return owner;
    }

    /** The same frames, as if a session wanted them sent. */
    @Test
    void onlyWellFormedFramesMayBeSent() throws SessionException {
        addSessionsAndFrames();
        SessionTemplate template = SessionTemplate.withAny(IpProtocol.UDP, Host.IP_B, 1025);
        OutgoingCheck check = new OutgoingCheck(Host.MAC_B, demultiplexed.counters);
        int sent = 0;
        for (int i = 0; i < FRAMES; i++) {
            byte[] frame = nextFrame();
            if (check.refusal(template, MemorySegment.ofArray(frame), 0, frame.length, i) == null) {
                sent++;
                ReferenceDecoder decoder = ReferenceDecoder.of(frame);
                assertThat(decoder).isNotNull();
                String session = decoder.start() == 0 ? decoder.session() : "UDP with 192.0.2.2:1025";
                assertThat(session).startsWith("UDP").endsWith("with 192.0.2.2:1025");
            }
        }
        assertThat(sent).isGreaterThan(FRAMES / 50);
    }
}
