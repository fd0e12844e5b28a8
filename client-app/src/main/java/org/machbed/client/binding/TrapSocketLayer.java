package org.machbed.client.binding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trap.TrapException;
import org.machbed.ipc.trap.TrapSlot;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

/**
 * Sockets in the kernel, reached by system calls as in Mach 2.5: one trap a call, the datagram copied in and out through the
 * call's data area. No garbage per call. A receive that waits occupies a slot of the gate, not a thread of the kernel; closing
 * its socket ends it.
 */
public final class TrapSocketLayer implements DatagramSocketLayer {
    private final CallGate gate;
    private final TrapCaller kernel;
    private final Crossings crossings;

    private TrapSocketLayer(CallGate gate, TrapCaller kernel, Crossings crossings) {
        this.gate = gate;
        this.kernel = kernel;
        this.crossings = crossings;
    }

    /**
     * Enters the kernel behind a gate.
     *
     * @param crossings where traps, and copies through their data areas, are counted
     */
    public static TrapSocketLayer open(Path gatePath, Crossings crossings) throws IOException {
        CallGate gate = CallGate.open(gatePath);
        try {
            return new TrapSocketLayer(gate, gate.caller(crossings), crossings);
        } catch (IOException e) {
            gate.close();
            throw e;
        }
    }

    @Override
    public int socket() throws SocketLayerException {
        return (int) trap(TrapNumber.SOCKET, 0, 0, 0);
    }

    @Override
    public void bind(int socket, int ipv4, int port) throws SocketLayerException {
        trap(TrapNumber.BIND, socket, ipv4, port);
    }

    @Override
    public void connect(int socket, int ipv4, int port) throws SocketLayerException {
        trap(TrapNumber.CONNECT, socket, ipv4, port);
    }

    @Override
    public void disconnect(int socket) throws SocketLayerException {
        trap(TrapNumber.CONNECT, socket, 0, 0);
    }

    @Override
    public int send(int socket, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
        int bytes = source.remaining();
        if (bytes > kernel.dataBytes()) {
            throw new SocketLayerException(Errno.EMSGSIZE, bytes + " bytes are more than a trap carries");
        }
        try (TrapSlot slot = kernel.claim()) {
            slot.dataBuffer().put(0, source, source.position(), bytes);
            crossings.copy(bytes);
            return (int) checked(slot.call(TrapNumber.SEND_TO, socket, ipv4, port, bytes));
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    @Override
    public long receive(int socket, ByteBuffer target, boolean wait) throws SocketLayerException {
        int room = Math.min(target.remaining(), kernel.dataBytes());
        try (TrapSlot slot = kernel.claim()) {
            long header = slot.call(TrapNumber.RECEIVE_FROM, socket, room, wait ? 0 : 1);
            if (!wait && header == -Errno.EWOULDBLOCK.number()) {
                return DatagramHeader.NONE;
            }
            int bytes = Math.min(DatagramHeader.lengthBytes(checked(header)), room);
            target.put(target.position(), slot.dataBuffer(), 0, bytes);
            crossings.copy(bytes);
            return header;
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    @Override
    public long localAddress(int socket) throws SocketLayerException {
        return trap(TrapNumber.LOCAL_ADDRESS, socket, 0, 0);
    }

    @Override
    public int option(int socket, SocketOptionName name) throws SocketLayerException {
        return (int) trap(TrapNumber.GET_OPTION, socket, name.number(), 0);
    }

    @Override
    public void setOption(int socket, SocketOptionName name, int value) throws SocketLayerException {
        trap(TrapNumber.SET_OPTION, socket, name.number(), value);
    }

    @Override
    public void close(int socket) throws SocketLayerException {
        try {
            trap(TrapNumber.CLOSE, socket, 0, 0);
        } catch (SocketLayerException e) {
            if (e.errno() != Errno.EBADF) {
                throw e;
            }
        }
    }

    /** Leaves the gate; the kernel then closes this caller's sockets. No call may be under way. */
    @Override
    public void close() {
        kernel.close();
        gate.close();
    }

    private long trap(int number, long a0, long a1, long a2) throws SocketLayerException {
        try {
            return checked(kernel.trap(number, a0, a1, a2));
        } catch (TrapException e) {
            throw lost(e);
        }
    }

    private static long checked(long result) throws SocketLayerException {
        if (TrapNumber.isError(result)) {
            throw new SocketLayerException(Errno.of((int) -result), "the kernel refused the call");
        }
        return result;
    }

    private static SocketLayerException lost(TrapException e) {
        SocketLayerException lost = new SocketLayerException(Errno.EIO, String.valueOf(e.getMessage()));
        lost.initCause(e);
        return lost;
    }
}
