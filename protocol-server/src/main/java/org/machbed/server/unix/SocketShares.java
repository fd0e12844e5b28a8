package org.machbed.server.unix;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.machbed.ipc.mach.PortName;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;

/**
 * Sockets handed from one process to another, as descriptors are over fork: who has the token gets a descriptor of its own for the
 * same socket. Any server thread may call.
 */
final class SocketShares {
    /** Tokens that wait to be used. */
    static final int MAX_TOKENS = 256;

    /** How long a token is good. */
    static final long LIFETIME_NS = TimeUnit.SECONDS.toNanos(10);

    private record Offer(int descriptor, BsdSocket socket, long expiresNs) {}

    private final Spl spl;
    private final FileTable files; // guarded by NET
    private final LongSupplier clockNs;
    private final MigrationCounters counters;
    private final SecureRandom random = new SecureRandom();
    private final Map<ByteString, Offer> offers = new LinkedHashMap<>(); // guarded by NET

    SocketShares(BsdKernel kernel, FileTable files, LongSupplier clockNs, MigrationCounters counters) {
        this.spl = kernel.spl();
        this.files = files;
        this.clockNs = clockNs;
        this.counters = counters;
    }

    /**
     * A token for a socket of this client, which must keep its descriptor open until the token is used. A descriptor has one at a time: an
     * older one is no longer good.
     */
    ByteString handOver(int descriptor, PortName client) throws SocketLayerException {
        byte[] token = new byte[BsdCall.TOKEN_BYTES];
        random.nextBytes(token);
        ByteString name = ByteString.copyFrom(token);
        int s = spl.splnet();
        try {
            BsdSocket socket = files.get(descriptor);
            files.checkOwner(descriptor, client);
            socket.checkHere();
            long nowNs = clockNs.getAsLong();
            offers.values().removeIf(offer -> offer.expiresNs() - nowNs <= 0 || offer.descriptor() == descriptor);
            if (offers.size() == MAX_TOKENS) {
                throw new SocketLayerException(Errno.ENOBUFS, MAX_TOKENS + " sockets are being handed over already");
            }
            offers.put(name, new Offer(descriptor, socket, nowNs + LIFETIME_NS));
            counters.handOver();
            return name;
        } finally {
            spl.splx(s);
        }
    }

    /**
     * One descriptor more for a socket.
     *
     * @throws SocketLayerException with EINVAL when the token is none, or is used or too old, EBADF when whoever handed it over has
     *     closed its own since, EMFILE
     */
    int takeOver(ByteString token, PortName client) throws SocketLayerException {
        int s = spl.splnet();
        try {
            Offer offer = offers.get(token);
            if (offer == null || offer.expiresNs() - clockNs.getAsLong() <= 0) {
                offers.remove(token);
                throw new SocketLayerException(Errno.EINVAL, "no socket is being handed over by this token");
            }
            // One that is away stays on offer: its library returns it first.
            files.recheck(offer.descriptor(), offer.socket());
            files.checkRoom();
            offers.remove(token);
            counters.takeOver();
            return files.add(offer.socket(), client);
        } finally {
            spl.splx(s);
        }
    }
}
