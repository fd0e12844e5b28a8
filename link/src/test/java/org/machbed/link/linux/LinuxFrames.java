package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.memory.Native;
import org.machbed.link.Frames;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.ipv4.IpProtocol;

import static org.assertj.core.api.Assertions.assertThat;

/** Frames to and from Linux, which is 192.0.2.1; the station is 192.0.2.2. */
final class LinuxFrames {
    static final int LINUX = 0xC0000201;
    static final int STATION = 0xC0000202;

    private static final long PATIENCE_NS = 20_000_000_000L;
    private static final long RETRY_NS = 200_000_000L;
    private static final int IPV4 = 14;

    private static final MethodHandle CONNECT = Native.function(
            "connect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private LinuxFrames() {}

    /** connect(2). */
    static int connect(int socket, MemorySegment address) {
        try {
            return (int) CONNECT.invokeExact(socket, address, (int) address.byteSize());
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
    }

    /** RFC 826. */
    static byte[] arpRequest(MacAddress from, int fromIpv4, int wantedIpv4) {
        return arp(from, MacAddress.BROADCAST, 1, fromIpv4, wantedIpv4);
    }

    private static byte[] arp(MacAddress from, MacAddress to, int operation, int fromIpv4, int toIpv4) {
        byte[] bytes = new byte[42];
        MemorySegment frame = MemorySegment.ofArray(bytes);
        frame.set(BigEndian.LONG, 0, to.bits() << 16 | from.bits() >>> 32);
        frame.set(BigEndian.INT, 8, (int) from.bits());
        frame.set(BigEndian.SHORT, 12, (short) 0x0806);
        frame.set(BigEndian.LONG, 14, 0x0001_0800_0604_0000L | operation);
        frame.set(BigEndian.LONG, 22, from.bits() << 16 | fromIpv4 >>> 16);
        frame.set(BigEndian.INT, 28, fromIpv4);
        frame.set(BigEndian.INT, 38, toIpv4);
        return bytes;
    }

    static boolean isArpReply(byte[] frame) {
        MemorySegment memory = MemorySegment.ofArray(frame);
        return memory.get(BigEndian.SHORT, 12) == 0x0806 && memory.get(BigEndian.SHORT, 20) == 2;
    }

    static boolean isUdp(byte[] frame) {
        return MemorySegment.ofArray(frame).get(BigEndian.SHORT, 12) == 0x0800 && frame[IPV4 + 9] == IpProtocol.UDP;
    }

    /** Asks Linux for its address, whereby it learns ours; again and again, as an interface set up just now drops for a while. */
    static void introduce(LinkEnd link, Frames received) {
        long endNs = System.nanoTime() + PATIENCE_NS;
        do {
            Frames.send(link, arpRequest(Frames.A, STATION, LINUX));
            if (awaitOne(link, received, LinuxFrames::isArpReply, RETRY_NS) != null) {
                return;
            }
        } while (endNs - System.nanoTime() > 0);
        throw new AssertionError("Linux does not answer");
    }

    /** The next frame of that kind; others are passed over. */
    static byte[] awaitOne(LinkEnd link, Frames received, Predicate<byte[]> kind) {
        byte[] frame = awaitOne(link, received, kind, PATIENCE_NS);
        if (frame == null) {
            throw new AssertionError("no such frame came");
        }
        return frame;
    }

    private static byte @Nullable [] awaitOne(LinkEnd link, Frames received, Predicate<byte[]> kind, long patienceNs) {
        long deadlineNs = System.nanoTime() + patienceNs;
        while (link.await(deadlineNs - System.nanoTime())) {
            link.poll(received, 1);
            for (byte[] frame : received.take()) {
                if (kind.test(frame)) {
                    return frame;
                }
            }
        }
        return null;
    }

    /** Has Linux send so many datagrams of 1,000 bytes to the station. */
    static void sendUdp(Namespace linux, int datagrams) throws InterruptedException {
        linux.call(() -> {
            send(datagrams);
            return null;
        });
    }

    private static void send(int datagrams) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open()) {
            for (int i = 0; i < datagrams; i++) {
                channel.send(ByteBuffer.wrap(new byte[1_000]), new InetSocketAddress("192.0.2.2", 9));
            }
        }
    }

    /** IPv4's checksum (RFC 791) and that of UDP or TCP above it are there and right. */
    static void assertChecksums(byte[] bytes) {
        MemorySegment frame = MemorySegment.ofArray(bytes);
        int headerBytes = (bytes[IPV4] & 0x0F) * 4;
        assertThat(Checksum.isValid(Checksum.sum(frame, IPV4, headerBytes)))
                .as("IPv4 checksum")
                .isTrue();
        int transport = IPV4 + headerBytes;
        int transportBytes = (frame.get(BigEndian.SHORT, IPV4 + 2) & 0xFFFF) - headerBytes;
        int protocol = bytes[IPV4 + 9];
        int pseudoHeader = Checksum.pseudoHeader(
                frame.get(BigEndian.INT, IPV4 + 12), frame.get(BigEndian.INT, IPV4 + 16), protocol, transportBytes);
        int sum = Checksum.combine(pseudoHeader, Checksum.sum(frame, transport, transportBytes));
        int field = transport + (protocol == IpProtocol.UDP ? 6 : 16);
        assertThat(frame.get(BigEndian.SHORT, field))
                .as("transport checksum is there")
                .isNotZero();
        assertThat(Checksum.isValid(sum)).as("transport checksum").isTrue();
    }
}
