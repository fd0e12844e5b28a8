package org.machbed.client.binding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.ipc.trap.TrapService;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayer.Condition;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;
import org.machbed.proto.trap.TrapNumber;

/** A kernel of this process behind a call gate, whose sockets are some other socket layer's. */
final class KernelInProcess implements AutoCloseable {
    private static final int SLOTS = 16;

    private final CallGate gate;
    private final TrapService service;
    private final Thread thread;
    private final DatagramSocketLayer sockets;

    KernelInProcess(Path gatePath, DatagramSocketLayer sockets) throws IOException {
        this.sockets = sockets;
        gate = CallGate.create(gatePath, SLOTS);
        service = new TrapService(gate, this::onTrap);
        thread = Thread.ofPlatform().daemon().name("trap").start(service::runLoop);
    }

    private void onTrap(TrapFrame frame) {
        if (frame.number() == TrapNumber.RECEIVE_FROM && frame.a2() == 0) {
            // Whoever waits must not hold the trap thread; where there is something already, it need not.
            long header = execute(frame, false);
            if (header != -Errno.EWOULDBLOCK.number()) {
                frame.complete(header);
            } else {
                Thread.ofPlatform().daemon().start(() -> frame.complete(execute(frame, true)));
            }
        } else if (frame.number() == TrapNumber.AWAIT && frame.a1() == TrapNumber.READABLE) {
            await(frame);
        } else {
            frame.complete(execute(frame, false));
        }
    }

    /** Whoever waits has a thread here; a kernel would keep the trap. */
    private void await(TrapFrame frame) {
        Thread.ofPlatform().daemon().start(() -> {
            try {
                boolean ready = sockets.await((int) frame.a0(), Condition.READABLE, frame.a2());
                frame.complete(ready ? 0 : -Errno.ETIMEDOUT.number());
            } catch (SocketLayerException e) {
                frame.complete(-e.errno().number());
            }
        });
    }

    private long execute(TrapFrame frame, boolean wait) {
        int socket = (int) frame.a0();
        try {
            switch (frame.number()) {
                case TrapNumber.NULL -> {
                    return 0;
                }
                case TrapNumber.SOCKET -> {
                    return sockets.socket();
                }
                case TrapNumber.BIND -> sockets.bind(socket, (int) frame.a1(), (int) frame.a2());
                case TrapNumber.CONNECT -> connect(socket, (int) frame.a1(), (int) frame.a2());
                case TrapNumber.SEND_TO -> {
                    ByteBuffer data = frame.dataBuffer().limit((int) frame.a3());
                    return sockets.send(socket, data, (int) frame.a1(), (int) frame.a2());
                }
                case TrapNumber.RECEIVE_FROM -> {
                    return receive(frame, socket, wait);
                }
                case TrapNumber.LOCAL_ADDRESS -> {
                    return sockets.localAddress(socket);
                }
                case TrapNumber.GET_OPTION -> {
                    return sockets.option(socket, SocketOptionName.of((int) frame.a1()));
                }
                case TrapNumber.SET_OPTION ->
                    sockets.setOption(socket, SocketOptionName.of((int) frame.a1()), (int) frame.a2());
                case TrapNumber.CLOSE -> sockets.close(socket);
                default -> {
                    return -Errno.EINVAL.number();
                }
            }
            return 0;
        } catch (SocketLayerException e) {
            return -e.errno().number();
        }
    }

    private void connect(int socket, int ipv4, int port) throws SocketLayerException {
        if (ipv4 == 0 && port == 0) {
            sockets.disconnect(socket);
        } else {
            sockets.connect(socket, ipv4, port);
        }
    }

    private long receive(TrapFrame frame, int socket, boolean wait) throws SocketLayerException {
        ByteBuffer data = frame.dataBuffer().limit((int) frame.a1());
        long header = sockets.receive(socket, data, wait);
        return header == DatagramHeader.NONE ? -Errno.EWOULDBLOCK.number() : header;
    }

    @Override
    public void close() {
        sockets.close();
        service.close();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        gate.close();
    }
}
