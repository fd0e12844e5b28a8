package org.machbed.testbed.launch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The shared memory of one run: a directory with mode 0700 that goes when the run ends, and the lock that keeps a second
 * measurement away.
 *
 * <p>Each run holds a lock on a file in its own directory, so that no lock file outlives it. A launcher that finds a directory
 * whose lock nobody holds removes it: its run is dead. One that measures and finds a held lock of an older measurement gives
 * way; directories are named by their start, so two that start together agree on who is older.
 */
public final class RunDirectory implements AutoCloseable {
    /** Where runs keep their memory. */
    public static final Path SHARED_MEMORY = Path.of("/dev/shm");

    private static final Pattern NAME = Pattern.compile("machbed-(?:host-)?(\\d{13,})-(\\d+)");
    private static final String LOCK = "lock";

    private final Path path;
    private final FileChannel lock;

    private RunDirectory(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the directory of a new run below {@code parent}, after sweeping away those of dead runs.
     *
     * @throws RunFailure when it is to measure and another measurement is on, or there is no room
     */
    public static RunDirectory create(Path parent, RunKind kind) throws RunFailure {
        long pid = ProcessHandle.current().pid();
        String name = kind.prefix() + System.currentTimeMillis() + "-" + pid;
        Path hidden = parent.resolve("." + name);
        Path path = parent.resolve(name);
        try {
            Files.createDirectory(
                    hidden, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            FileChannel lock =
                    FileChannel.open(hidden.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            var directory = new RunDirectory(path, lock);
            try {
                if (lock.tryLock() == null) {
                    throw new IOException("cannot lock " + hidden.resolve(LOCK));
                }
                // Others see it only now that it is locked.
                Files.move(hidden, path, StandardCopyOption.ATOMIC_MOVE);
                sweepUnfinished(parent);
                directory.sweepDead(parent);
                if (kind == RunKind.MEASUREMENT) {
                    giveWayToOlder(parent, name);
                }
            } catch (IOException | RunFailure e) {
                directory.close();
                throw e;
            }
            return directory;
        } catch (IOException e) {
            deleteTree(hidden);
            throw new RunFailure("cannot create a run in " + parent + ": " + FileFailure.reason(e, parent), e);
        }
    }

    /** Removes what launchers that were killed before they could lock their directory left. */
    private static void sweepUnfinished(Path parent) throws IOException {
        try (var entries = Files.newDirectoryStream(parent, ".machbed-*")) {
            for (Path entry : entries) {
                Matcher matcher = NAME.matcher(entry.getFileName().toString().substring(1));
                if (matcher.matches() && !Files.exists(Path.of("/proc/" + matcher.group(2)))) {
                    deleteTree(entry);
                }
            }
        }
    }

    private void sweepDead(Path parent) throws IOException {
        for (Path other : runs(parent)) {
            if (!other.equals(path) && stateOf(other) == State.DEAD) {
                deleteTree(other);
            }
        }
    }

    private static void giveWayToOlder(Path parent, String name) throws RunFailure, IOException {
        for (Path other : runs(parent)) {
            boolean older = other.getFileName().toString().compareTo(name) < 0;
            if (older && measures(other) && stateOf(other) == State.LIVE) {
                throw new RunFailure("another run is on (process " + pidOf(other)
                        + "); two at once would measure each other, so wait for it to end.");
            }
        }
    }

    private static boolean measures(Path run) {
        return !run.getFileName().toString().startsWith(RunKind.HOST.prefix());
    }

    /** The directory of a measurement that is on, if any. */
    public static @Nullable Path liveRun(Path parent) throws IOException {
        for (Path run : runs(parent)) {
            if (measures(run) && stateOf(run) == State.LIVE) {
                return run;
            }
        }
        return null;
    }

    private enum State {
        LIVE,
        DEAD,
        GONE
    }

    private static State stateOf(Path run) throws IOException {
        try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            return held == null ? State.LIVE : State.DEAD;
        } catch (OverlappingFileLockException e) {
            return State.LIVE;
        } catch (NoSuchFileException e) {
            return Files.exists(run) ? State.DEAD : State.GONE;
        } catch (AccessDeniedException e) {
            // Another user's: only its process can tell.
            return Files.exists(Path.of("/proc/" + pidOf(run))) ? State.LIVE : State.GONE;
        }
    }

    private static List<Path> runs(Path parent) throws IOException {
        var runs = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(parent, "machbed-*")) {
            for (Path entry : entries) {
                if (NAME.matcher(entry.getFileName().toString()).matches()) {
                    runs.add(entry);
                }
            }
        }
        runs.sort(null);
        return runs;
    }

    private static String pidOf(Path run) {
        Matcher matcher = NAME.matcher(run.getFileName().toString());
        return matcher.matches() ? matcher.group(2) : "unknown";
    }

    public Path path() {
        return path;
    }

    static void deleteTree(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException e) throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            if (Files.exists(directory)) {
                System.err.println("machbed: cannot remove " + directory + ": " + FileFailure.reason(e, directory));
            }
        }
    }

    /** Removes the directory with all that is in it, and lets the next run begin. */
    @Override
    public void close() {
        deleteTree(path);
        try {
            lock.close();
        } catch (IOException e) {
            System.err.println("machbed: cannot close the lock of " + path + ": " + e.getMessage());
        }
    }
}
