package org.machbed.ipc.descriptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.machbed.ipc.memory.Sharing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open file that its owner hands to another process (unix(7), SCM_RIGHTS): it waits at a Unix-domain socket for the one who may have
 * it, and then the socket goes. So a process drives a device that it has neither the right nor the namespace to open: the modern form
 * of mapping a device into a server.
 */
public final class DescriptorOffer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DescriptorOffer.class);

    /** Who connects and does not take what it asked for is not waited for longer. */
    private static final long LIMIT_SECONDS = 10;

    private static final int BACKLOG = 8;
    private static final int LONGEST_TEXT_BYTES = 16 << 10;
    private static final String REFUSED = "refused: ";
    private static final String GRANTED = "granted: ";

    private final Path path;
    private final UnixSocket socket;
    private final int descriptor;
    private final String text;
    private final Claim claim;
    private final Runnable onTaken;
    private final Thread thread;
    private volatile boolean closed;
    private boolean ended; // guarded by this

    private DescriptorOffer(Path path, UnixSocket socket, int descriptor, String text, Claim claim, Runnable onTaken) {
        this.path = path;
        this.socket = socket;
        this.descriptor = descriptor;
        this.text = text;
        this.claim = claim;
        this.onTaken = onTaken;
        this.thread = Thread.ofPlatform().daemon().name("hand-over").unstarted(this::serve);
    }

    /** Who may have it. */
    @FunctionalInterface
    public interface Claim {
        /**
         * Looks at a user who asks.
         *
         * @throws IOException saying why that one may not
         */
        void check(int user) throws IOException;
    }

    /** What was handed over: a descriptor, now the receiver's to close, and what its owner says of it. */
    public record Taken(int descriptor, String text) {}

    /**
     * Offers a descriptor, which stays open here as well.
     *
     * @param path where the socket goes, for those who share its directory
     * @param text tells the receiver what it is
     * @param onTaken called once, on a thread of the offer's own, after it was handed over
     */
    public static DescriptorOffer open(Path path, int descriptor, String text, Claim claim, Runnable onTaken)
            throws IOException {
        UnixSocket socket = UnixSocket.open();
        try {
            socket.bind(path);
            Sharing.admit(path);
            socket.listen(BACKLOG);
        } catch (IOException | RuntimeException | Error e) {
            socket.close();
            throw e;
        }
        DescriptorOffer offer = new DescriptorOffer(path, socket, descriptor, text, claim, onTaken);
        offer.thread.start();
        return offer;
    }

    private void serve() {
        try {
            boolean taken = false;
            while (!taken) {
                taken = serve(socket.accept());
            }
            endListening();
            onTaken.run();
        } catch (IOException e) {
            if (!closed) {
                LOG.error("nothing is handed over any more at {}", path, e);
            }
        }
    }

    /** Whether who asks has it now. */
    private boolean serve(UnixSocket asking) {
        try (asking) {
            asking.limit(LIMIT_SECONDS);
            return hand(asking);
        } catch (IOException e) {
            LOG.warn("nothing was handed over at {}: {}", path, e.getMessage());
            return false;
        }
    }

    private boolean hand(UnixSocket asking) throws IOException {
        try {
            claim.check(asking.peerUser());
        } catch (IOException e) {
            asking.send(REFUSED + e.getMessage(), -1);
            return false;
        }
        asking.send(GRANTED + text, descriptor);
        return true;
    }

    /** Whoever still waits to be accepted is refused by that; the name goes. */
    private synchronized void endListening() {
        if (ended) {
            return;
        }
        ended = true;
        socket.close();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            LOG.warn("cannot delete {}", path, e);
        }
    }

    /** Takes back what nobody has taken, and ends. */
    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            if (!ended) {
                socket.shutDown();
            }
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        endListening();
    }

    /**
     * Takes what is offered at a socket.
     *
     * @throws IOException when nothing is, it was taken before, or this user may not have it
     */
    public static Taken take(Path path) throws IOException {
        try (UnixSocket socket = UnixSocket.open()) {
            socket.limit(LIMIT_SECONDS);
            socket.connect(path);
            UnixSocket.Message message = socket.receive(LONGEST_TEXT_BYTES);
            if (message.text().startsWith(GRANTED) && message.descriptor() >= 0) {
                return new Taken(message.descriptor(), message.text().substring(GRANTED.length()));
            }
            UnixSocket.closeNumber(message.descriptor());
            if (message.text().startsWith(REFUSED)) {
                throw new IOException(message.text().substring(REFUSED.length()));
            }
            throw new IOException(goneFrom(path));
        } catch (UnixSocket.FailedCall e) {
            throw new IOException(
                    switch (e.errno()) {
                        case UnixSocket.Errno.ENOENT, UnixSocket.Errno.ECONNREFUSED, UnixSocket.Errno.ECONNRESET ->
                            goneFrom(path);
                        case UnixSocket.Errno.EACCES -> "no permission to ask for what is handed over at " + path;
                        case UnixSocket.Errno.EAGAIN ->
                            "who offers something at " + path + " did not answer within " + LIMIT_SECONDS + " s";
                        default -> e.getMessage();
                    },
                    e);
        }
    }

    private static String goneFrom(Path path) {
        return "nothing is handed over at " + path + ": it was taken before, or its owner has gone";
    }
}
