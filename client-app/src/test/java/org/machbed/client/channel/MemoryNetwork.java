package org.machbed.client.channel;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

/** Hosts whose socket layers hand datagrams over in memory: the least that a channel can run on. One lock guards all. */
public final class MemoryNetwork {
    private static final int MAX_DATAGRAM_BYTES = 65_507;

    private final List<Host> hosts = new ArrayList<>();

    /** Adds a host. */
    public synchronized DatagramSocketLayer host(int ipv4) {
        Host host = new Host(ipv4);
        hosts.add(host);
        return host;
    }

    private record Datagram(long header, ByteBuffer bytes) {}

    private static final class Socket {
        private final Deque<Datagram> queue = new ArrayDeque<>();
        private final Map<SocketOptionName, Integer> options = new EnumMap<>(SocketOptionName.class);
        private int ipv4;
        private int port;
        private boolean wildcard;
        private int peerIpv4;
        private int peerPort;
        private boolean open = true;
        private @Nullable Errno pending;
    }

    private final class Host implements DatagramSocketLayer {
        private final int address;
        private final List<Socket> sockets = new ArrayList<>();
        private int nextPort = 50_000;

        private Host(int address) {
            this.address = address;
        }

        private Socket socket(int number) throws SocketLayerException {
            Socket socket = sockets.get(number);
            if (!socket.open) {
                throw failure(Errno.EBADF);
            }
            Errno pending = socket.pending;
            if (pending != null) {
                socket.pending = null;
                throw failure(pending);
            }
            return socket;
        }

        private SocketLayerException failure(Errno errno) {
            return new SocketLayerException(errno, "in memory");
        }

        private @Nullable Socket at(int ipv4, int port) {
            for (Socket socket : sockets) {
                if (socket.open && socket.port == port && (socket.ipv4 == ipv4 || socket.ipv4 == 0 || ipv4 == 0)) {
                    return socket;
                }
            }
            return null;
        }

        @Override
        public int socket() {
            synchronized (MemoryNetwork.this) {
                sockets.add(new Socket());
                return sockets.size() - 1;
            }
        }

        @Override
        public void bind(int number, int ipv4, int port) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                Socket socket = socket(number);
                if (ipv4 != 0 && ipv4 != address) {
                    throw failure(Errno.EADDRNOTAVAIL);
                }
                if (port != 0 && at(ipv4, port) != null) {
                    throw failure(Errno.EADDRINUSE);
                }
                socket.ipv4 = ipv4;
                socket.wildcard = ipv4 == 0;
                socket.port = port == 0 ? nextPort++ : port;
            }
        }

        @Override
        public void connect(int number, int ipv4, int port) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                Socket socket = socket(number);
                if (socket.port == 0) {
                    bind(number, 0, 0);
                }
                socket.ipv4 = address;
                socket.peerIpv4 = ipv4;
                socket.peerPort = port;
            }
        }

        @Override
        public void disconnect(int number) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                Socket socket = socket(number);
                socket.ipv4 = socket.wildcard ? 0 : socket.ipv4;
                socket.peerIpv4 = 0;
                socket.peerPort = 0;
            }
        }

        @Override
        public int send(int number, ByteBuffer source, int ipv4, int port) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                Socket socket = socket(number);
                if (source.remaining() > MAX_DATAGRAM_BYTES) {
                    throw failure(Errno.EMSGSIZE);
                }
                byte[] bytes = new byte[source.remaining()];
                source.get(source.position(), bytes);
                int destination = port == 0 ? socket.peerIpv4 : ipv4;
                int destinationPort = port == 0 ? socket.peerPort : port;
                if (destinationPort == 0) {
                    throw failure(Errno.EDESTADDRREQ);
                }
                long header = DatagramHeader.pack(address, socket.port, bytes.length);
                if (!deliver(destination, destinationPort, header, bytes) && socket.peerPort != 0) {
                    socket.pending = Errno.ECONNREFUSED;
                }
                MemoryNetwork.this.notifyAll();
                return bytes.length;
            }
        }

        private boolean deliver(int ipv4, int port, long header, byte[] bytes) {
            for (Host host : hosts) {
                Socket target = host.address == ipv4 ? host.at(ipv4, port) : null;
                if (target != null) {
                    boolean heard = target.peerPort == 0
                            || (target.peerPort == DatagramHeader.port(header)
                                    && target.peerIpv4 == DatagramHeader.ipv4(header));
                    if (heard) {
                        target.queue.add(new Datagram(header, ByteBuffer.wrap(bytes)));
                    }
                    return heard;
                }
            }
            return false;
        }

        @Override
        public long receive(int number, ByteBuffer target, boolean wait) throws SocketLayerException {
            boolean interrupted = false;
            try {
                synchronized (MemoryNetwork.this) {
                    Datagram datagram = socket(number).queue.poll();
                    while (datagram == null && wait) {
                        try {
                            MemoryNetwork.this.wait();
                        } catch (InterruptedException e) {
                            // As in a trap: the channel closes the socket, and that ends the wait.
                            interrupted = true;
                        }
                        datagram = socket(number).queue.poll();
                    }
                    if (datagram == null) {
                        return DatagramHeader.NONE;
                    }
                    int bytes = Math.min(datagram.bytes.remaining(), target.remaining());
                    target.put(target.position(), datagram.bytes, 0, bytes);
                    return datagram.header;
                }
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }

        @Override
        public boolean await(int number, Condition condition, long limitNs) throws SocketLayerException {
            long startNs = System.nanoTime();
            synchronized (MemoryNetwork.this) {
                while (condition == Condition.READABLE && nothingToRead(number)) {
                    long leftNs = limitNs - (System.nanoTime() - startNs);
                    if (leftNs <= 0) {
                        return false;
                    }
                    try {
                        MemoryNetwork.this.wait(TimeUnit.NANOSECONDS.toMillis(leftNs) + 1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw failure(Errno.EINTR);
                    }
                }
                return true;
            }
        }

        private boolean nothingToRead(int number) throws SocketLayerException {
            Socket socket = sockets.get(number);
            if (!socket.open) {
                throw failure(Errno.EBADF);
            }
            return socket.queue.isEmpty() && socket.pending == null;
        }

        @Override
        public long localAddress(int number) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                Socket socket = socket(number);
                return DatagramHeader.pack(socket.ipv4, socket.port, 0);
            }
        }

        @Override
        public int option(int number, SocketOptionName name) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                return socket(number).options.getOrDefault(name, 0);
            }
        }

        @Override
        public void setOption(int number, SocketOptionName name, int value) throws SocketLayerException {
            synchronized (MemoryNetwork.this) {
                socket(number).options.put(name, value);
            }
        }

        @Override
        public void close(int number) {
            synchronized (MemoryNetwork.this) {
                sockets.get(number).open = false;
                MemoryNetwork.this.notifyAll();
            }
        }

        @Override
        public void close() {
            synchronized (MemoryNetwork.this) {
                sockets.forEach(socket -> socket.open = false);
                MemoryNetwork.this.notifyAll();
            }
        }
    }
}
