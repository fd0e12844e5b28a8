package org.machbed.client.binding;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

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

    private final SocketStubs server;
    private final DescriptorMap descriptors = new DescriptorMap();
    private final @Nullable EmulatedCall[] table = new @Nullable EmulatedCall[SystemCallNumber.LIMIT];

    SystemCallEmulator(SocketStubs server) {
        this.server = server;
        table[SystemCallNumber.SOCKET] = call -> socket();
        table[SystemCallNumber.BIND] = this::bind;
        table[SystemCallNumber.CONNECT] = this::connect;
        table[SystemCallNumber.SENDTO] = this::sendTo;
        table[SystemCallNumber.RECVFROM] = this::receiveFrom;
        table[SystemCallNumber.GETSOCKNAME] = this::localAddress;
        table[SystemCallNumber.GETSOCKOPT] = this::option;
        table[SystemCallNumber.SETSOCKOPT] = this::setOption;
        table[SystemCallNumber.CLOSE] = this::close;
    }

    /**
     * Where the kernel redirects a system call to.
     *
     * @return the call's value; recvfrom's and getsockname's is a packed {@link DatagramHeader}
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

    private long socket() throws SocketLayerException {
        int serverDescriptor = server.socket();
        try {
            return descriptors.open(serverDescriptor);
        } catch (SocketLayerException e) {
            server.close(serverDescriptor);
            throw e;
        }
    }

    private long bind(SystemCall call) throws SocketLayerException {
        server.bind(descriptors.translate(call.a0()), call.a1(), call.a2());
        return 0;
    }

    private long connect(SystemCall call) throws SocketLayerException {
        server.connect(descriptors.translate(call.a0()), call.a1(), call.a2());
        return 0;
    }

    private long sendTo(SystemCall call) throws SocketLayerException {
        return server.sendTo(descriptors.translate(call.a0()), call.pointer(), call.a1(), call.a2());
    }

    private long receiveFrom(SystemCall call) throws SocketLayerException {
        boolean wait = (call.a1() & SystemCallNumber.MSG_DONTWAIT) == 0;
        return server.receiveFrom(descriptors.translate(call.a0()), call.pointer(), wait);
    }

    private long localAddress(SystemCall call) throws SocketLayerException {
        return server.localAddress(descriptors.translate(call.a0()));
    }

    private long option(SystemCall call) throws SocketLayerException {
        return server.option(descriptors.translate(call.a0()), call.a1());
    }

    private long setOption(SystemCall call) throws SocketLayerException {
        server.setOption(descriptors.translate(call.a0()), call.a1(), call.a2());
        return 0;
    }

    private long close(SystemCall call) throws SocketLayerException {
        server.close(descriptors.close(call.a0()));
        return 0;
    }
}
