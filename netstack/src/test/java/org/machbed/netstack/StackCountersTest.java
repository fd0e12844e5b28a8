package org.machbed.netstack;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramListener;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.UdpSocket;

import static org.assertj.core.api.Assertions.assertThat;

class StackCountersTest {
    @Test
    void printWhatIsNotZeroAndAddUpDrops() {
        StackCounters counters = new StackCounters();
        assertThat(counters).hasToString("");
        counters.count(StackCounter.FRAMES_RECEIVED);
        counters.count(StackCounter.DROP_IPV4_CHECKSUM);
        counters.count(StackCounter.DROP_IPV4_CHECKSUM);
        assertThat(counters).hasToString("FRAMES_RECEIVED=1 DROP_IPV4_CHECKSUM=2");
        assertThat(counters.drops()).isEqualTo(2);
    }

    /** One received datagram may send many to ourselves; what the loopback queue cannot hold is dropped and counted. */
    @Test
    void theLoopbackQueueIsBounded() throws Exception {
        Host host = Host.a();
        UdpSocket sink = host.bound(8);
        UdpSocket socket = host.bound(7);
        socket.listener(new DatagramListener() {
            @Override
            public boolean onDatagram(
                    java.lang.foreign.MemorySegment memory, long offset, int length, int ipv4, int port) {
                try {
                    for (int i = 0; i < 100; i++) {
                        socket.send(memory, offset, length, Ipv4Address.LOOPBACK, 8, host.nowNs);
                    }
                } catch (SocketLayerException e) {
                    throw new AssertionError(e);
                }
                return true;
            }

            @Override
            public void onReadable() {
                throw new AssertionError("nothing is queued");
            }

            @Override
            public void onError(Errno errno) {
                throw new AssertionError(errno);
            }
        });
        host.give(Packet.udp(9, 7, (byte) 'x'));
        assertThat(host.count(StackCounter.DROP_LOOPBACK_FULL)).isEqualTo(68);
        int received = 0;
        java.lang.foreign.MemorySegment room = java.lang.foreign.Arena.ofAuto().allocate(8);
        while (sink.receive(room, 0, 8) != DatagramHeader.NONE) {
            received++;
        }
        assertThat(received).isEqualTo(32);
    }
}
