package org.machbed.kernel.inkernel;

import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

/**
 * The socket calls as traps: checks what comes from another domain and answers with one word. Guarded by the kernel lock.
 * Arguments of a hostile caller cost it an error and nobody else anything.
 */
final class SocketTraps {
    /** No result yet: the trap waits. No errno has this number and no datagram this header. */
    static final long KEPT = -4095;

    /** The trap has to wait and may not, or its slot cannot be kept. */
    static final long WOULD_BLOCK = -Errno.EWOULDBLOCK.number();

    /** The largest UDP payload of an IPv4 packet: 65,535 less 20 bytes of IPv4 and 8 of UDP header. */
    private static final int MAX_DATAGRAM_BYTES = 65_507;

    private static final int ANY_INTEREST = TrapNumber.READABLE | TrapNumber.WRITABLE | TrapNumber.DRAINED;

    /** 73 years: added to any time it does not overflow. */
    static final long LONGEST_WAIT_NS = Long.MAX_VALUE / 4;

    private static final int MAX_PORT = 65_535;

    private final SocketTable sockets;
    private final ReadinessTraps readiness;
    private final Crossings crossings;

    SocketTraps(SocketTable sockets, ReadinessSets sets, Crossings crossings) {
        this.sockets = sockets;
        readiness = new ReadinessTraps(sockets, sets, crossings);
        this.crossings = crossings;
    }

    /** Serves one trap; answers its result, or {@link #KEPT}. */
    long call(TrapFrame frame, long nowNs) {
        try {
            if (frame.number() == TrapNumber.SOCKET) {
                return sockets.openDatagram(frame.caller());
            }
            if (frame.number() == TrapNumber.STREAM_SOCKET) {
                return sockets.openStream(frame.caller());
            }
            if (TrapNumber.isReadinessCall(frame.number())) {
                return readiness.call(frame, nowNs);
            }
            KernelSocket socket = sockets.get(frame.caller(), frame.a0());
            if (socket == null) {
                return -Errno.EBADF.number();
            }
            return switch (frame.number()) {
                case TrapNumber.BIND -> bind(socket, frame.a1(), frame.a2());
                case TrapNumber.CONNECT -> connect(socket, frame.a1(), frame.a2(), nowNs);
                case TrapNumber.LOCAL_ADDRESS -> socket.localAddress();
                case TrapNumber.GET_OPTION -> Integer.toUnsignedLong(socket.option(optionName(frame.a1())));
                case TrapNumber.SET_OPTION -> setOption(socket, frame.a1(), frame.a2(), nowNs);
                case TrapNumber.AWAIT -> await(socket, frame, nowNs);
                case TrapNumber.CLOSE -> close(frame.a0(), nowNs);
                default ->
                    switch (socket) {
                        case KernelDatagramSocket datagrams -> call(datagrams, frame, nowNs);
                        case KernelStreamSocket stream -> StreamTraps.call(stream, frame, nowNs);
                    };
            };
        } catch (SocketLayerException e) {
            return -e.errno().number();
        }
    }

    private long call(KernelDatagramSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        return switch (frame.number()) {
            case TrapNumber.SEND_TO -> send(socket, frame, nowNs);
            case TrapNumber.RECEIVE_FROM -> receive(socket, frame);
            default -> -Errno.EOPNOTSUPP.number();
        };
    }

    private static long await(KernelSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        long interests = frame.a1();
        if (interests < TrapNumber.READABLE || interests > ANY_INTEREST || frame.a2() < 0) {
            return -Errno.EINVAL.number();
        }
        long result = socket.await(frame, (int) interests, Math.min(frame.a2(), LONGEST_WAIT_NS), nowNs);
        // Whoever waits in a slot for data where the bare ones are meant for it may find none left.
        return result == WOULD_BLOCK ? -Errno.ENOBUFS.number() : result;
    }

    private static long bind(KernelSocket socket, long ipv4, long port) throws SocketLayerException {
        if (!isAddress(ipv4, port)) {
            return -Errno.EINVAL.number();
        }
        socket.bind((int) ipv4, (int) port);
        return 0;
    }

    private static long connect(KernelSocket socket, long ipv4, long port, long nowNs) throws SocketLayerException {
        if (!isAddress(ipv4, port)) {
            return -Errno.EINVAL.number();
        }
        socket.connect((int) ipv4, (int) port, nowNs);
        return 0;
    }

    private long send(KernelDatagramSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        long lengthBytes = frame.a3();
        if (lengthBytes < 0 || !isAddress(frame.a1(), frame.a2())) {
            return -Errno.EINVAL.number();
        }
        if (lengthBytes > Math.min(MAX_DATAGRAM_BYTES, frame.data().byteSize())) {
            return -Errno.EMSGSIZE.number();
        }
        int sent = socket.send(frame.data(), (int) lengthBytes, (int) frame.a1(), (int) frame.a2(), nowNs);
        crossings.copy(sent);
        return sent;
    }

    private static long receive(KernelDatagramSocket socket, TrapFrame frame) throws SocketLayerException {
        if (frame.a1() < 0 || frame.a2() < 0 || frame.a2() > 1) {
            return -Errno.EINVAL.number();
        }
        return socket.receive(frame, (int) Math.min(frame.a1(), frame.data().byteSize()), frame.a2() == 0);
    }

    private static long setOption(KernelSocket socket, long option, long value, long nowNs)
            throws SocketLayerException {
        if (value != (int) value) {
            return -Errno.EINVAL.number();
        }
        socket.setOption(optionName(option), (int) value, nowNs);
        return 0;
    }

    private long close(long descriptor, long nowNs) {
        sockets.close(descriptor, nowNs);
        return 0;
    }

    private static SocketOptionName optionName(long number) throws SocketLayerException {
        return SocketOptionName.of(number == (int) number ? (int) number : 0);
    }

    /** An address is a 32-bit word, sign-extended or not: callers hold it in an int or a long. */
    private static boolean isAddress(long ipv4, long port) {
        return (ipv4 == (int) ipv4 || ipv4 >>> Integer.SIZE == 0) && port >= 0 && port <= MAX_PORT;
    }
}
