package org.machbed.netstack.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.fixture.Pipe;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.netstack.socket.TcpSocket;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A round trip of two segments on one of many connections, the next one each time: finding the connection, and arming and
 * disarming its timers (retransmission, delayed acknowledgment, keep-alive), should cost the same however many there are. Where ten of
 * them take turns and the others only are there, in the table and in the timer wheel, that is what shows; where all take turns, the
 * processor's caches do not hold them all any more, which shows too. Both stacks run on the calling thread, in virtual time.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ManyConnectionsBenchmark {
    private static final int PORT = 7;
    private static final int TEXT_BYTES = 100;
    private static final int ROOM = 1000;
    private static final int TEN = 10;

    /** Virtual time between the turns of a connection: before its acknowledgment is due, however many others there are. */
    private static final long TURN_NS = 20_000_000;

    @Param({"10", "1000", "10000"})
    public int connections;

    private final Pipe aToB = new Pipe();
    private final Pipe bToA = new Pipe();
    private final NetworkStack a = new NetworkStack(Host.configuration(Host.MAC_A, "192.0.2.1", 1500), aToB);
    private final NetworkStack b = new NetworkStack(Host.configuration(Host.MAC_B, "192.0.2.2", 1500), bToA);
    private final MemorySegment data = Arena.ofAuto().allocate(2 * ROOM);
    private TcpSocket[] clients = {};
    private TcpSocket[] servers = {};
    private int next;
    private long nowNs;
    private long halfStepNs;

    /** Connects them all. */
    @Setup
    public void connect() throws SocketLayerException {
        a.onTimer(nowNs);
        b.onTimer(nowNs);
        give(a, Packet.arp(Host.MAC_A, ArpPacket.REPLY, Host.MAC_B, "192.0.2.2", Host.MAC_A, "192.0.2.1"));
        give(b, Packet.arp(Host.MAC_B, ArpPacket.REPLY, Host.MAC_A, "192.0.2.1", Host.MAC_B, "192.0.2.2"));
        TcpSocket listening = b.tcp().open();
        listening.bind(0, PORT);
        listening.listen(1, nowNs);
        clients = new TcpSocket[connections];
        servers = new TcpSocket[connections];
        for (int i = 0; i < connections; i++) {
            clients[i] = a.tcp().open();
            clients[i].connect(Host.IP_B, PORT, nowNs);
            carry();
            carry();
            servers[i] = Objects.requireNonNull(listening.accept(nowNs));
            clients[i].setOption(SocketOptionName.KEEP_ALIVE, 1, nowNs);
            servers[i].setOption(SocketOptionName.KEEP_ALIVE, 1, nowNs);
        }
    }

    private void give(NetworkStack stack, byte[] frame) {
        MemorySegment.copy(frame, 0, data, ValueLayout.JAVA_BYTE, 0, frame.length);
        stack.onFrame(data, 0, frame.length, nowNs);
    }

    /** All take turns. */
    @Benchmark
    public int ofAll() throws SocketLayerException {
        return roundTrip(connections);
    }

    /** Ten take turns. */
    @Benchmark
    public int ofTen() throws SocketLayerException {
        return roundTrip(TEN);
    }

    /** A request and its answer. */
    private int roundTrip(int busy) throws SocketLayerException {
        TcpSocket client = clients[next];
        TcpSocket server = servers[next];
        next = next + 1 < busy ? next + 1 : 0;
        halfStepNs = TURN_NS / busy / 2;
        client.send(data, 0, TEXT_BYTES, nowNs);
        carry();
        int received = server.receive(data, 0, ROOM, nowNs);
        server.send(data, 0, received, nowNs);
        carry();
        return client.receive(data, 0, ROOM, nowNs);
    }

    private void carry() {
        nowNs += halfStepNs;
        aToB.carryTo(b, nowNs);
        bToA.carryTo(a, nowNs);
        if (a.nextDeadlineNs() <= nowNs) {
            a.onTimer(nowNs);
        }
        if (b.nextDeadlineNs() <= nowNs) {
            b.onTimer(nowNs);
        }
    }
}
