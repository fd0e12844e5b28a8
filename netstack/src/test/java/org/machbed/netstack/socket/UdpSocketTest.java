package org.machbed.netstack.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What BSD's datagram calls mean here. */
class UdpSocketTest {
    private static final int LIMITED = Ipv4Address.LIMITED_BROADCAST;

    private final Host host = Host.aKnowingB();
    private final MemorySegment data = Arena.ofAuto().allocate(70_000);

    private UdpSocket open() throws SocketLayerException {
        return host.stack.udp().open();
    }

    private static void fails(ThrowingCallable call, Errno errno) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }

    private static String address(UdpSocket socket) throws SocketLayerException {
        long address = socket.localAddress();
        return Ipv4Address.format(DatagramHeader.ipv4(address)) + ":" + DatagramHeader.port(address);
    }

    @Test
    void aSocketIsUnboundUntilItBindsOrSends() throws Exception {
        UdpSocket socket = open();
        assertThat(socket.localAddress()).isZero();
        host.send(socket, "x", "192.0.2.2", 9);
        assertThat(DatagramHeader.port(socket.localAddress())).isBetween(49_152, 65_535);
        UdpSocket other = open();
        other.bind(Host.IP_A, 0);
        assertThat(address(other)).startsWith("192.0.2.1:");
    }

    @Test
    void anAddressIsBoundOnceUnlessBothAreWillingToShare() throws Exception {
        UdpSocket first = open();
        first.bind(Host.IP_A, 7);
        fails(() -> open().bind(0, 7), Errno.EADDRINUSE);
        fails(() -> open().bind(Host.IP_A, 7), Errno.EADDRINUSE);
        open().bind(Ipv4Address.LOOPBACK, 7);
        open().bind(Host.IP_A, 8);
        UdpSocket willing = open();
        willing.setOption(SocketOptionName.REUSE_ADDRESS, 1);
        fails(() -> willing.bind(Host.IP_A, 7), Errno.EADDRINUSE);
        first.setOption(SocketOptionName.REUSE_ADDRESS, 1);
        willing.bind(Host.IP_A, 7);
    }

    @Test
    void whatCannotBeBoundIsRefused() throws Exception {
        UdpSocket socket = open();
        fails(() -> socket.bind(Host.IP_B, 7), Errno.EADDRNOTAVAIL);
        fails(() -> socket.bind(0, -1), Errno.EINVAL);
        fails(() -> socket.bind(0, 65_536), Errno.EINVAL);
        socket.bind(0, 7);
        fails(() -> socket.bind(0, 8), Errno.EINVAL);
    }

    @Test
    void aConnectionFixesTheLocalAddressWhileItLasts() throws Exception {
        UdpSocket socket = open();
        socket.bind(0, 7);
        socket.connect(Host.IP_B, 9);
        assertThat(address(socket)).isEqualTo("192.0.2.1:7");
        socket.connect(Ipv4Address.LOOPBACK, 9);
        assertThat(address(socket)).isEqualTo("127.0.0.1:7");
        socket.disconnect();
        assertThat(address(socket)).isEqualTo("0.0.0.0:7");
        socket.disconnect();
    }

    @Test
    void aConnectedSocketSendsToItsPeerOnly() throws Exception {
        UdpSocket socket = host.bound(7);
        fails(() -> host.send(socket, new byte[1], 0, 0), Errno.EDESTADDRREQ);
        socket.connect(Host.IP_B, 9);
        host.send(socket, new byte[1], 0, 0);
        host.send(socket, new byte[2], Host.IP_B, 9);
        fails(() -> host.send(socket, new byte[1], Host.IP_B, 10), Errno.EISCONN);
        assertThat(host.take())
                .containsExactly(
                        "192.0.2.1 > 192.0.2.2: UDP 7 > 9, length 1", "192.0.2.1 > 192.0.2.2: UDP 7 > 9, length 2");
    }

    @Test
    void whatCannotBeSentToIsRefused() throws Exception {
        UdpSocket socket = host.bound(7);
        fails(() -> host.send(socket, new byte[1], Host.IP_B, 0), Errno.EINVAL);
        fails(() -> host.send(socket, new byte[1], Host.IP_B, 65_536), Errno.EINVAL);
        fails(() -> host.send(socket, new byte[1], 0, 9), Errno.EINVAL);
        fails(() -> host.send(socket, new byte[1], LIMITED, 9), Errno.EACCES);
        fails(() -> socket.connect(LIMITED, 9), Errno.EACCES);
        fails(() -> socket.connect(Host.IP_B, 0), Errno.EINVAL);
        UdpSocket inside = open();
        inside.bind(Ipv4Address.LOOPBACK, 7777);
        fails(() -> host.send(inside, new byte[1], Host.IP_B, 9), Errno.EINVAL);
        assertThat(host.take()).isEmpty();
    }

    @Test
    void aDatagramHasABoundedLength() throws Exception {
        UdpSocket socket = host.bound(7);
        fails(() -> socket.send(data, 0, 65_508, Host.IP_B, 9, host.nowNs), Errno.EMSGSIZE);
        fails(() -> socket.send(data, 0, -1, Host.IP_B, 9, host.nowNs), Errno.EMSGSIZE);
        assertThat(socket.send(data, 0, 65_507, Host.IP_B, 9, host.nowNs)).isEqualTo(65_507);
        socket.setOption(SocketOptionName.SEND_BUFFER_BYTES, 3000);
        fails(() -> socket.send(data, 0, 3001, Host.IP_B, 9, host.nowNs), Errno.EMSGSIZE);
    }

    @Test
    void aReaderWithLittleRoomLosesTheRest() throws Exception {
        UdpSocket socket = host.bound(7);
        host.give(Packet.udp(9, 7, (byte) 1, (byte) 2, (byte) 3));
        long header = socket.receive(data, 0, 2);
        assertThat(DatagramHeader.lengthBytes(header)).isEqualTo(3);
        assertThat(socket.receive(data, 0, 2)).isEqualTo(DatagramHeader.NONE);
    }

    @Test
    void anEmptyDatagramIsADatagram() throws Exception {
        UdpSocket socket = host.bound(7);
        assertThat(socket.readable()).isFalse();
        host.give(Packet.udp(9, 7));
        assertThat(socket.readable()).isTrue();
        assertThat(host.receive(socket)).isEqualTo("192.0.2.2:9 ");
        assertThat(socket.readable()).isFalse();
    }

    @Test
    void theQueueIsBoundedByTheReceiveBuffer() throws Exception {
        UdpSocket socket = host.bound(7);
        socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, 10_000);
        for (int i = 0; i < 100; i++) {
            host.give(Packet.udp(9, 7, new byte[1000]));
        }
        assertThat(host.count(StackCounter.DROP_UDP_QUEUE_FULL)).isEqualTo(91);
        int received = 0;
        while (socket.receive(data, 0, 1000) != DatagramHeader.NONE) {
            received++;
        }
        assertThat(received).isEqualTo(9);
    }

    @Test
    void allQueuesTogetherAreBounded() throws Exception {
        List<UdpSocket> sockets = new ArrayList<>();
        for (int port = 1; port <= 20; port++) {
            UdpSocket socket = host.bound(port);
            socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, 4 << 20);
            sockets.add(socket);
        }
        byte[] kilobyte = new byte[1016];
        for (int i = 0; i < 1500; i++) {
            for (int port = 1; port <= 20; port++) {
                host.give(Packet.udp(9, port, kilobyte));
            }
        }
        assertThat(host.stack.udp().queueBytes()).isLessThanOrEqualTo(UdpSockets.QUEUE_MEMORY_BYTES);
        assertThat(host.count(StackCounter.DROP_UDP_MEMORY_FULL)).isPositive();
        sockets.forEach(UdpSocket::close);
        assertThat(host.stack.udp().queueBytes()).isZero();
    }

    @Test
    void optionsKeepWhatTheyAreGiven() throws Exception {
        UdpSocket socket = open();
        assertThat(socket.option(SocketOptionName.RECEIVE_BUFFER_BYTES)).isEqualTo(212_992);
        socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, 1);
        assertThat(socket.option(SocketOptionName.RECEIVE_BUFFER_BYTES)).isEqualTo(2048);
        socket.setOption(SocketOptionName.BROADCAST, 1);
        socket.setOption(SocketOptionName.REUSE_ADDRESS, 1);
        socket.setOption(SocketOptionName.TYPE_OF_SERVICE, 255);
        socket.setOption(SocketOptionName.SEND_BUFFER_BYTES, 5000);
        assertThat(socket.option(SocketOptionName.BROADCAST)).isEqualTo(1);
        assertThat(socket.option(SocketOptionName.REUSE_ADDRESS)).isEqualTo(1);
        assertThat(socket.option(SocketOptionName.TYPE_OF_SERVICE)).isEqualTo(255);
        assertThat(socket.option(SocketOptionName.SEND_BUFFER_BYTES)).isEqualTo(5000);
        fails(() -> socket.setOption(SocketOptionName.BROADCAST, 2), Errno.EINVAL);
        fails(() -> socket.setOption(SocketOptionName.TYPE_OF_SERVICE, 256), Errno.EINVAL);
        fails(() -> socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, -1), Errno.EINVAL);
    }

    @Test
    void aClosedSocketDoesNothing() throws Exception {
        UdpSocket socket = host.bound(7);
        host.give(Packet.udp(9, 7, (byte) 1));
        socket.close();
        socket.close();
        fails(() -> socket.bind(0, 1), Errno.EBADF);
        fails(() -> socket.connect(Host.IP_B, 1), Errno.EBADF);
        fails(socket::disconnect, Errno.EBADF);
        fails(() -> host.send(socket, new byte[1], Host.IP_B, 1), Errno.EBADF);
        fails(() -> host.receive(socket), Errno.EBADF);
        fails(socket::readable, Errno.EBADF);
        fails(socket::localAddress, Errno.EBADF);
        fails(() -> socket.option(SocketOptionName.BROADCAST), Errno.EBADF);
        fails(() -> socket.setOption(SocketOptionName.BROADCAST, 1), Errno.EBADF);
        fails(() -> socket.listener(null), Errno.EBADF);
        host.bound(7).close();
        assertThat(host.stack.udp().openSockets()).isZero();
        assertThat(host.stack.udp().queueBytes()).isZero();
    }

    @Test
    void socketsAreBounded() throws Exception {
        for (int i = 0; i < UdpSockets.CAPACITY; i++) {
            host.bound(0);
        }
        fails(this::open, Errno.EMFILE);
    }

    /** RFC 6056: ports come from the seed and are neither in sequence nor the same for another seed. */
    @Test
    void ephemeralPortsAreScattered() throws Exception {
        List<Integer> ports = ports(1);
        assertThat(ports).isEqualTo(ports(1)).isNotEqualTo(ports(2)).doesNotHaveDuplicates();
        Set<Integer> steps = new HashSet<>();
        for (int i = 1; i < ports.size(); i++) {
            steps.add(ports.get(i) - ports.get(i - 1));
        }
        assertThat(steps).hasSizeGreaterThan(90);
    }

    private static List<Integer> ports(long seed) throws SocketLayerException {
        Host seeded = new Host(new StackConfiguration(new MacAddress(Host.MAC_A), Host.IP_A, 24, 0, 1500, seed, true));
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ports.add(DatagramHeader.port(seeded.bound(0).localAddress()));
        }
        return ports;
    }

    /** Writes down what it is told. */
    private static final class Notebook implements DatagramListener {
        final List<String> notes = new ArrayList<>();
        boolean takes;

        @Override
        public boolean onDatagram(MemorySegment memory, long offset, int length, int sourceIpv4, int sourcePort) {
            notes.add("datagram " + length + " from " + Ipv4Address.format(sourceIpv4) + ":" + sourcePort);
            return takes;
        }

        @Override
        public void onReadable() {
            notes.add("readable");
        }

        @Override
        public void onError(Errno errno) {
            notes.add("error " + errno);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aListenerMayTakeADatagramBeforeItIsQueued(boolean takes) throws Exception {
        UdpSocket socket = host.bound(7);
        Notebook notebook = new Notebook();
        notebook.takes = takes;
        socket.listener(notebook);
        host.give(Packet.udp(9, 7, (byte) 'x'));
        if (takes) {
            assertThat(notebook.notes).containsExactly("datagram 1 from 192.0.2.2:9");
        } else {
            assertThat(notebook.notes).containsExactly("datagram 1 from 192.0.2.2:9", "readable");
        }
        assertThat(host.receive(socket)).isEqualTo(takes ? "nothing" : "192.0.2.2:9 x");
    }

    @Test
    void aListenerHearsOfErrors() throws Exception {
        UdpSocket socket = host.bound(7);
        socket.connect(Host.IP_A, 9);
        Notebook notebook = new Notebook();
        socket.listener(notebook);
        host.send(socket, new byte[1], 0, 0);
        assertThat(notebook.notes).containsExactly("error ECONNREFUSED");
    }

    @Test
    void aListenerMayCloseTheSocketItIsToldOf() throws Exception {
        UdpSocket socket = host.bound(7);
        socket.listener(new DatagramListener() {
            @Override
            public boolean onDatagram(MemorySegment memory, long offset, int length, int ipv4, int port) {
                socket.close();
                return false;
            }

            @Override
            public void onReadable() {
                throw new AssertionError("it is closed");
            }

            @Override
            public void onError(Errno errno) {
                throw new AssertionError(errno);
            }
        });
        host.give(Packet.udp(9, 7, (byte) 'x'));
        assertThat(host.stack.udp().queueBytes()).isZero();
    }

    /** Two sockets of one host that answer each other for ever hold up nobody. */
    @Test
    void anEndlessConversationWithOurselvesIsCutInSlices() throws Exception {
        UdpSocket socket = host.bound(7);
        long[] echoes = {0};
        socket.listener(new DatagramListener() {
            @Override
            public boolean onDatagram(MemorySegment memory, long offset, int length, int ipv4, int port) {
                echoes[0]++;
                try {
                    socket.send(memory, offset, length, ipv4, port, host.nowNs);
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
        host.send(socket, "x", "127.0.0.1", 7);
        assertThat(echoes[0]).isEqualTo(64);
        assertThat(host.stack.nextDeadlineNs()).isEqualTo(Long.MIN_VALUE);
        host.stack.onTimer(host.nowNs);
        assertThat(echoes[0]).isEqualTo(128);
    }
}
