package org.machbed.netstack.session;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;

/** A table does as a map does, whatever is added, removed, replaced and matched in whatever order. */
class SessionModelTest {
    private static final int STEPS = 600;

    private Demultiplexed demultiplexed = new Demultiplexed();
    private Map<SessionTemplate, String> model = new HashMap<>();

    @Property(tries = 150)
    void theTableIsAMap(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int choices = random.nextInt(1, 12); // few, so that the same keys come again and share their neighbourhood
        demultiplexed = new Demultiplexed();
        model = new HashMap<>();
        for (int step = 0; step < STEPS; step++) {
            SessionTemplate template = template(random, choices);
            String target = "target " + random.nextInt(3);
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> add(template, target);
                case 3 -> remove(template, target);
                case 4 -> remove(template, model.get(template));
                case 5 -> replace(template, target, "target " + random.nextInt(3));
                default -> match(random, choices);
            }
            assertThat(demultiplexed.table.size()).isEqualTo(model.size());
        }
        model.forEach((template, target) ->
                assertThat(demultiplexed.table.target(template)).isEqualTo(target));
    }

    private static SessionTemplate template(SplittableRandom random, int choices) {
        int protocol = random.nextBoolean() ? IpProtocol.UDP : IpProtocol.TCP;
        int local = ipv4(random, choices);
        int port = 1 + random.nextInt(choices);
        return random.nextInt(3) == 0
                ? SessionTemplate.withAny(protocol, local, port)
                : new SessionTemplate(protocol, local, port, ipv4(random, choices), 0x8000 + random.nextInt(choices));
    }

    private static int ipv4(SplittableRandom random, int choices) {
        return 0xC000_0200 + random.nextInt(choices);
    }

    private void add(SessionTemplate template, String target) {
        try {
            demultiplexed.table.add(template, target);
            assertThat(model.put(template, target)).isNull();
        } catch (SessionException e) {
            assertThat(model).containsKey(template);
        }
    }

    private void remove(SessionTemplate template, @Nullable String target) {
        if (target != null) {
            assertThat(demultiplexed.table.remove(template, target)).isEqualTo(model.remove(template, target));
        }
    }

    private void replace(SessionTemplate template, String from, String to) {
        assertThat(demultiplexed.table.replace(template, from, to)).isEqualTo(model.replace(template, from, to));
    }

    private void match(SplittableRandom random, int choices) {
        int source = ipv4(random, choices);
        int destination = ipv4(random, choices);
        int sourcePort = 0x8000 + random.nextInt(choices);
        int destinationPort = 1 + random.nextInt(choices);
        Packet packet = Packet.udp(sourcePort, destinationPort)
                .from(Ipv4Address.format(source))
                .to(Ipv4Address.format(destination));
        String expected =
                model.get(new SessionTemplate(IpProtocol.UDP, destination, destinationPort, source, sourcePort));
        if (expected == null) {
            expected = model.get(SessionTemplate.withAny(IpProtocol.UDP, destination, destinationPort));
        }
        demultiplexed.received.clear();
        SessionCounter fate = demultiplexed.give(packet);
        assertThat(fate).isEqualTo(expected == null ? SessionCounter.NO_SESSION : SessionCounter.DELIVERED);
        if (expected != null) {
            assertThat(demultiplexed.received.getFirst().target()).isEqualTo(expected);
        }
    }
}
