package org.machbed.netstack.socket;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.TwoHosts;
import org.machbed.netstack.state.StateException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A datagram socket that leaves its stack and comes back. */
class UdpSessionTest {
    private final TwoHosts hosts = new TwoHosts(1500);

    private static UdpSessionState copy(UdpSessionState state) {
        MemorySegment encoded = MemorySegment.ofArray(new byte[state.encodedBytes()]);
        state.encode(encoded, 0);
        UdpSessionState copy = UdpSessionState.decode(encoded, 0, state.encodedBytes());
        assertThat(copy).isEqualTo(state);
        return copy;
    }

    @Test
    void whatIsQueuedAndSetComesBackInOrder() throws Exception {
        UdpSocket a = hosts.a.bound(1000);
        UdpSocket b = hosts.b.bound(7);
        b.setOption(SocketOptionName.BROADCAST, 1);
        b.setOption(SocketOptionName.TYPE_OF_SERVICE, 12);
        b.connect(Host.IP_A, 1000);
        for (int i = 0; i < 40; i++) {
            hosts.a.send(a, "text " + i, "192.0.2.2", 7);
            hosts.settle();
        }
        assertThat(hosts.b.receive(b)).contains("text 0");
        UdpSessionState state = b.exportSession(hosts.b.nowNs);
        assertThat(b.isAway()).isTrue();
        assertThat(hosts.b.stack.udp().queueBytes()).isZero();
        hosts.a.send(a, "lost", "192.0.2.2", 7);
        hosts.settle();
        assertThat(hosts.b.count(StackCounter.DROP_UDP_SESSION_AWAY)).isEqualTo(1);
        b.importSession(copy(state), hosts.b.nowNs);
        assertThat(b.option(SocketOptionName.BROADCAST)).isEqualTo(1);
        assertThat(b.option(SocketOptionName.TYPE_OF_SERVICE)).isEqualTo(12);
        hosts.a.send(a, "text 40", "192.0.2.2", 7);
        hosts.settle();
        for (int i = 1; i <= 40; i++) {
            assertThat(hosts.b.receive(b)).contains("text " + i);
        }
        assertThat(b.readable()).isFalse();
    }

    @Test
    void anotherStackTakesItUpUnderItsName() throws Exception {
        UdpSocket b = hosts.b.bound(7);
        UdpSessionState state = b.exportSession(hosts.b.nowNs);
        assertThatThrownBy(() -> b.exportSession(0)).isInstanceOf(SocketLayerException.class);
        assertThatThrownBy(() -> hosts.b.stack.udp().importSession(state, 0)).isInstanceOf(SocketLayerException.class);
        b.close();
        UdpSocket there = hosts.b.stack.udp().importSession(state, hosts.b.nowNs);
        assertThat(DatagramHeader.port(there.localAddress())).isEqualTo(7);
        assertThat(hosts.b.stack.udp().openSockets()).isEqualTo(1);
    }

    @Test
    void aStateThatMakesNoSenseIsRefused() throws Exception {
        UdpSocket a = hosts.a.bound(1000);
        UdpSocket b = hosts.b.bound(7);
        hosts.a.send(a, "text", "192.0.2.2", 7);
        hosts.settle();
        UdpSessionState state = b.exportSession(hosts.b.nowNs);
        b.close();
        byte[] good = new byte[state.encodedBytes()];
        state.encode(MemorySegment.ofArray(good), 0);
        SplittableRandom random = new SplittableRandom(3);
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] bad =
                    java.util.Arrays.copyOf(good, random.nextBoolean() ? good.length : random.nextInt(good.length));
            for (int change = 0; change < 3 && bad.length > 0; change++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                UdpSessionState decoded = UdpSessionState.decode(MemorySegment.ofArray(bad), 0, bad.length);
                hosts.b.stack.udp().importSession(decoded, 0).close();
            } catch (StateException | SocketLayerException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThat(hosts.b.stack.udp().openSockets()).isZero();
        assertThat(hosts.b.stack.udp().queueBytes()).isZero();
        assertThat(MemorySegment.ofArray(good).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
    }
}
