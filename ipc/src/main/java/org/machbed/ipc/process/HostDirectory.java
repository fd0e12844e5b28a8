package org.machbed.ipc.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.machbed.ipc.memory.Sharing;

/**
 * A host: the directory of shared memory that its processes have in common. What must not be found by others has a name that
 * cannot be guessed and is told only to who may use it.
 */
public final class HostDirectory {
    /** Longest path of a Unix-domain socket on Linux, without the closing zero. */
    private static final int MAX_SOCKET_PATH_BYTES = 107;

    private static final int UNGUESSABLE_BYTES = 16;

    private final Path path;

    private HostDirectory(Path path) {
        this.path = path;
    }

    /**
     * Creates a host; its parent must exist. Where several users share that ({@link Sharing#GROUP}), they share the host: mode 3730;
     * elsewhere it is this user's alone: mode 0700.
     */
    public static HostDirectory create(Path path) throws IOException {
        try {
            Sharing.createHost(path);
        } catch (FileAlreadyExistsException e) {
            throw new IOException("the host directory " + path + " exists already: is a run still on?", e);
        }
        return new HostDirectory(path.toAbsolutePath());
    }

    /** The host of an existing directory. */
    public static HostDirectory open(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new IOException("there is no host directory at " + path);
        }
        return new HostDirectory(path.toAbsolutePath());
    }

    public Path path() {
        return path;
    }

    /**
     * The kernel's gRPC socket.
     *
     * @throws IllegalStateException when the directory's name is too long for a Unix-domain socket in it
     */
    public Path kernelSocket() {
        return socket("kernel.sock");
    }

    /**
     * Where the kernel hands over its wire.
     *
     * @throws IllegalStateException when the directory's name is too long for a Unix-domain socket in it
     */
    public Path wireSocket() {
        return socket("wire.sock");
    }

    private Path socket(String name) {
        Path socket = path.resolve(name);
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_SOCKET_PATH_BYTES) {
            throw new IllegalStateException("the host directory " + path
                    + " has too long a name for a socket in it (over " + MAX_SOCKET_PATH_BYTES + " bytes)");
        }
        return socket;
    }

    /** The kernel's call gate. */
    public Path kernelGate() {
        return child("gate-kernel");
    }

    /** The counters of a process. */
    public Path crossings(String process) {
        return child("crossings-" + process);
    }

    /** A path that nobody can guess and that does not exist, for memory handed to one peer. */
    public Path fresh(String prefix) {
        byte[] random = new byte[UNGUESSABLE_BYTES];
        RandomHolder.RANDOM.nextBytes(random);
        return child(prefix + "-" + HexFormat.of().formatHex(random));
    }

    /**
     * The path of a name that another process told, which must lie directly in this directory.
     *
     * @throws IOException when it does not
     */
    public Path resolve(String name) throws IOException {
        try {
            return child(name);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Path child(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,127}")) {
            throw new IllegalArgumentException("\"" + name + "\" is no name for a file of a host");
        }
        return path.resolve(name);
    }

    @Override
    public String toString() {
        return path.toString();
    }

    /** Seeding costs start-up time that most processes need not pay. */
    private static final class RandomHolder {
        static final SecureRandom RANDOM = new SecureRandom();
    }
}
