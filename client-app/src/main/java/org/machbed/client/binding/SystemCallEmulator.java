package org.machbed.client.binding;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;

/**
 * The part of a task that executes its Unix system calls: a table from numbers to procedures, each of which translates
 * descriptors and calls the Unix server's stub (golub90: the emulation library that Mach loads into every Unix process).
 */
final class SystemCallEmulator {
    /** Executes one emulated call. */
    @FunctionalInterface
    private interface EmulatedCall {
        long execute(SystemCall call) throws SocketLayerException;
    }

    private final SocketStubs sockets;
    private final DatagramStubs datagrams;
    private final StreamStubs streams;
    private final ReadinessStubs sets;
    private final DescriptorMap descriptors;
    private final @Nullable EmulatedCall[] table = new @Nullable EmulatedCall[SystemCallNumber.LIMIT];

    SystemCallEmulator(
            DescriptorMap descriptors,
            SocketStubs sockets,
            DatagramStubs datagrams,
            StreamStubs streams,
            ReadinessStubs sets) {
        this.descriptors = descriptors;
        this.sockets = sockets;
        this.datagrams = datagrams;
        this.streams = streams;
        this.sets = sets;
        table[SystemCallNumber.SOCKET] = this::socket;
        table[SystemCallNumber.BIND] = this::bind;
        table[SystemCallNumber.CONNECT] = this::connect;
        table[SystemCallNumber.FINISH_CONNECT] = this::finishConnect;
        table[SystemCallNumber.LISTEN] = this::listen;
        table[SystemCallNumber.ACCEPT] = this::accept;
        table[SystemCallNumber.SEND] = this::send;
        table[SystemCallNumber.RECV] = this::receive;
        table[SystemCallNumber.SELECT] = this::select;
        table[SystemCallNumber.SHUTDOWN] = this::shutdown;
        table[SystemCallNumber.GETPEERNAME] = this::remoteAddress;
        table[SystemCallNumber.SENDTO] = this::sendTo;
        table[SystemCallNumber.RECVFROM] = this::receiveFrom;
        table[SystemCallNumber.GETSOCKNAME] = this::localAddress;
        table[SystemCallNumber.GETSOCKOPT] = this::option;
        table[SystemCallNumber.SETSOCKOPT] = this::setOption;
        table[SystemCallNumber.CLOSE] = this::close;
        table[SystemCallNumber.READINESS_SET] = _ -> open(sets.readinessSet());
        table[SystemCallNumber.WATCH] = this::watch;
        table[SystemCallNumber.SELECT_OF_SET] = this::selectOfSet;
        table[SystemCallNumber.WAKE_UP] = this::wakeUp;
    }

    /**
     * Where the kernel redirects a system call to.
     *
     * @return the call's value; recvfrom's, getsockname's and getpeername's is a packed {@link DatagramHeader}
     * @throws SocketLayerException with EINVAL for a number that is not emulated
     */
    long execute(SystemCall call) throws SocketLayerException {
        int number = call.number();
        EmulatedCall emulated = number >= 0 && number < table.length ? table[number] : null;
        if (emulated == null) {
            throw new SocketLayerException(Errno.EINVAL, "system call " + number + " is not emulated");
        }
        return emulated.execute(call);
    }

    private long socket(SystemCall call) throws SocketLayerException {
        return open(
                switch (call.a0()) {
                    case SystemCallNumber.SOCK_DGRAM -> sockets.socket(BsdCall.DATAGRAM);
                    case SystemCallNumber.SOCK_STREAM -> sockets.socket(BsdCall.STREAM);
                    default -> throw new SocketLayerException(Errno.EINVAL, "no sockets are of type " + call.a0());
                });
    }

    private long open(int serverDescriptor) throws SocketLayerException {
        try {
            return descriptors.open(serverDescriptor);
        } catch (SocketLayerException e) {
            sockets.close(serverDescriptor);
            throw e;
        }
    }

    private long bind(SystemCall call) throws SocketLayerException {
        sockets.bind(descriptors.translate(call.a0()), call.a1(), call.a2());
        return 0;
    }

    private long connect(SystemCall call) throws SocketLayerException {
        sockets.connect(descriptors.translate(call.a0()), call.a1(), call.a2(), mayWait(call.a3()));
        return 0;
    }

    private long finishConnect(SystemCall call) throws SocketLayerException {
        streams.finishConnect(descriptors.translate(call.a0()), mayWait(call.a1()));
        return 0;
    }

    private long listen(SystemCall call) throws SocketLayerException {
        streams.listen(descriptors.translate(call.a0()), call.a1());
        return 0;
    }

    private long accept(SystemCall call) throws SocketLayerException {
        return open(streams.accept(descriptors.translate(call.a0()), mayWait(call.a1())));
    }

    private long send(SystemCall call) throws SocketLayerException {
        boolean urgent = (call.a1() & SystemCallNumber.MSG_OOB) != 0;
        return streams.send(descriptors.translate(call.a0()), call.pointer(), urgent, mayWait(call.a1()));
    }

    private long receive(SystemCall call) throws SocketLayerException {
        return streams.receive(descriptors.translate(call.a0()), call.pointer(), mayWait(call.a1()));
    }

    private long select(SystemCall call) throws SocketLayerException {
        return sockets.await(descriptors.translate(call.a0()), call.a1(), limitUs(call)) ? 1 : 0;
    }

    /** The server tells of a socket by the task's own descriptor. */
    private long watch(SystemCall call) throws SocketLayerException {
        int socket = call.a1();
        sets.watch(descriptors.translate(call.a0()), descriptors.translate(socket), socket, call.a2());
        return 0;
    }

    private long selectOfSet(SystemCall call) throws SocketLayerException {
        return sets.select(descriptors.translate(call.a0()), call.pointer(), limitUs(call), mayWait(call.a1()));
    }

    private long wakeUp(SystemCall call) throws SocketLayerException {
        sets.wakeUp(descriptors.translate(call.a0()));
        return 0;
    }

    private static long limitUs(SystemCall call) {
        return TimeUnit.SECONDS.toMicros(call.a2()) + call.a3();
    }

    private long shutdown(SystemCall call) throws SocketLayerException {
        streams.shutdown(descriptors.translate(call.a0()), call.a1());
        return 0;
    }

    private long remoteAddress(SystemCall call) throws SocketLayerException {
        return streams.remoteAddress(descriptors.translate(call.a0()));
    }

    private static boolean mayWait(int flags) {
        return (flags & SystemCallNumber.MSG_DONTWAIT) == 0;
    }

    private long sendTo(SystemCall call) throws SocketLayerException {
        return datagrams.sendTo(descriptors.translate(call.a0()), call.pointer(), call.a1(), call.a2());
    }

    private long receiveFrom(SystemCall call) throws SocketLayerException {
        return datagrams.receiveFrom(descriptors.translate(call.a0()), call.pointer(), mayWait(call.a1()));
    }

    private long localAddress(SystemCall call) throws SocketLayerException {
        return sockets.localAddress(descriptors.translate(call.a0()));
    }

    private long option(SystemCall call) throws SocketLayerException {
        return sockets.option(descriptors.translate(call.a0()), call.a1());
    }

    private long setOption(SystemCall call) throws SocketLayerException {
        sockets.setOption(descriptors.translate(call.a0()), call.a1(), call.a2());
        return 0;
    }

    private long close(SystemCall call) throws SocketLayerException {
        sockets.close(descriptors.close(call.a0()));
        return 0;
    }
}
