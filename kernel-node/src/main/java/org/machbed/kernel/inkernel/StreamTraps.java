package org.machbed.kernel.inkernel;

import org.machbed.ipc.trap.TrapFrame;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.trap.TrapNumber;

/** The calls on stream sockets as traps: checks their arguments. Guarded by the kernel lock. */
final class StreamTraps {
    private StreamTraps() {}

    /** Serves one trap; answers its result, or {@link SocketTraps#KEPT}. */
    static long call(KernelStreamSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        return switch (frame.number()) {
            case TrapNumber.FINISH_CONNECT -> socket.finishConnect(frame, mayWait(frame.a1()));
            case TrapNumber.LISTEN -> listen(socket, frame.a1(), nowNs);
            case TrapNumber.ACCEPT -> socket.accept(frame, mayWait(frame.a1()), nowNs);
            case TrapNumber.SEND -> send(socket, frame, nowNs);
            case TrapNumber.SEND_URGENT -> socket.sendUrgent(octet(frame.a1()), nowNs) ? 1 : 0;
            case TrapNumber.RECEIVE -> receive(socket, frame, nowNs);
            case TrapNumber.SHUTDOWN -> shutdown(socket, frame.a1(), nowNs);
            case TrapNumber.REMOTE_ADDRESS -> socket.remoteAddress();
            default -> -Errno.EOPNOTSUPP.number();
        };
    }

    private static long listen(KernelStreamSocket socket, long backlog, long nowNs) throws SocketLayerException {
        socket.listen((int) Math.clamp(backlog, 0L, Integer.MAX_VALUE), nowNs);
        return 0;
    }

    private static long send(KernelStreamSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        long lengthBytes = frame.a1();
        if (lengthBytes <= 0 || lengthBytes > frame.data().byteSize()) {
            return -Errno.EINVAL.number();
        }
        return socket.send(frame, (int) lengthBytes, mayWait(frame.a2()), nowNs);
    }

    private static long receive(KernelStreamSocket socket, TrapFrame frame, long nowNs) throws SocketLayerException {
        long room = Math.min(frame.a1(), frame.data().byteSize());
        if (room <= 0) {
            return -Errno.EINVAL.number();
        }
        return socket.receive(frame, (int) room, mayWait(frame.a2()), nowNs);
    }

    private static long shutdown(KernelStreamSocket socket, long what, long nowNs) throws SocketLayerException {
        if (what < TrapNumber.SHUT_RECEIVING || what > TrapNumber.SHUT_BOTH) {
            return -Errno.EINVAL.number();
        }
        if (what != TrapNumber.SHUT_SENDING) {
            socket.shutdownReceiving(nowNs);
        }
        if (what != TrapNumber.SHUT_RECEIVING) {
            socket.shutdownSending(nowNs);
        }
        return 0;
    }

    private static byte octet(long value) throws SocketLayerException {
        if (value < Byte.MIN_VALUE || value > 0xFF) {
            throw new SocketLayerException(Errno.EINVAL, value + " is no byte");
        }
        return (byte) value;
    }

    private static boolean mayWait(long notToWait) throws SocketLayerException {
        if (notToWait != 0 && notToWait != 1) {
            throw new SocketLayerException(Errno.EINVAL, notToWait + " is neither 0 nor 1");
        }
        return notToWait == 0;
    }
}
