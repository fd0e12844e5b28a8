package org.machbed.server.unix;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.process.Crossings;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.session.SessionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class DepartedStatesTest {
    private static final PortName CLIENT = PortName.of(7);
    private static final int MAX_BYTES = 1_000;

    private final BsdKernel kernel = BsdKernel.boot(Crossings.unshared());
    private final FileTable files = new FileTable();
    private final NetworkStack stack =
            new NetworkStack(new StackConfiguration(new MacAddress(2), 0xC0000201, 24, 0, 1500, 1, true), new NoWire());
    private final Set<AwaySession> recorded = new HashSet<>();
    private final DepartedStates states = new DepartedStates(files, recorded::contains, MAX_BYTES);

    private static final class NoWire implements FrameOutput {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            return null;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    }

    private BsdSocket left(int port, int stateBytes) throws Exception {
        BsdSocket socket = new BsdStreamSocket(kernel, stack.tcp().open());
        int _ = files.add(socket, CLIENT);
        AwaySession away = new AwaySession(
                new SessionTemplate(
                        IpProtocol.TCP, Ipv4Address.parse("192.0.2.1"), port, Ipv4Address.parse("192.0.2.2"), 7),
                CLIENT,
                1,
                -1);
        socket.sessionLeft(away);
        states.keep(away, new byte[stateBytes]);
        return socket;
    }

    private static AwaySession away(BsdSocket socket) {
        AwaySession away = socket.away();
        if (away == null) {
            throw new AssertionError("the session is here");
        }
        return away;
    }

    private long counter(String name) {
        Map<String, Long> counters = new HashMap<>();
        states.tell(counters::put);
        return counters.getOrDefault(name, -1L);
    }

    @Test
    void statesAreKeptWhileThereIsRoomAndThoseOfRecordedSessionsMakeSome() throws Exception {
        int s = kernel.spl().splnet();
        try {
            BsdSocket first = left(1, 600);
            BsdSocket second = left(2, 600);
            assertThat(away(first).departed()).hasSize(600);
            assertThat(away(second).departed()).isNull();
            assertThat(counter("departedStateBytes")).isEqualTo(600);
            assertThat(counter("departedStatesNotKept")).isEqualTo(1);
            recorded.add(away(first));
            BsdSocket third = left(3, 1_000);
            assertThat(away(first).departed()).isNull();
            assertThat(away(third).departed()).hasSize(1_000);
            assertThat(counter("departedStatesNotKept")).isEqualTo(1);
            third.sessionReturned(false);
            assertThat(counter("departedStateBytes")).isZero();
            AwaySession fourth = away(left(4, 10));
            fourth.forgetDeparted();
            fourth.forgetDeparted();
            assertThat(counter("departedStateBytes")).isZero();
        } finally {
            kernel.spl().splx(s);
        }
    }
}
