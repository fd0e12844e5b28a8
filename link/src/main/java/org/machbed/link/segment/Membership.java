package org.machbed.link.segment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.locks.ReentrantLock;
import org.machbed.ipc.memory.Lifeline;
import org.machbed.ipc.memory.SharedMemory;
import org.machbed.ipc.memory.Sharing;
import org.machbed.netstack.MacAddress;

/**
 * Joining and leaving a segment. One station at a time does either, under a lock on a file; a station that was killed holds no
 * lock, and whoever joins next clears it away. The rings between two stations are made by the later of them and named by the
 * generation at which it joined, so that no station can take the rings of an earlier one for its own.
 */
final class Membership implements AutoCloseable {
    private static final String TABLE_NAME = "segment";
    private static final String LOCK_NAME = "segment.lock";

    /** File locks keep processes apart, this keeps the stations of one process apart. */
    private static final ReentrantLock IN_PROCESS = new ReentrantLock();

    private final Path directory;
    private final StationTable table;
    private final Lifeline lifeline;
    private final int station;
    private final int ringBytes;

    private Membership(Path directory, StationTable table, Lifeline lifeline, int station, int ringBytes) {
        this.directory = directory;
        this.table = table;
        this.lifeline = lifeline;
        this.station = station;
        this.ringBytes = ringBytes;
    }

    StationTable table() {
        return table;
    }

    /** This station's number. */
    int station() {
        return station;
    }

    @FunctionalInterface
    private interface Change<T> {
        T make() throws IOException;
    }

    private static <T> T locked(Path directory, Change<T> change) throws IOException {
        IN_PROCESS.lock();
        try (FileChannel channel = Sharing.openLock(directory.resolve(LOCK_NAME));
                FileLock lock = channel.lock()) {
            assert lock.isValid();
            return change.make();
        } finally {
            IN_PROCESS.unlock();
        }
    }

    /** For those who share the directory that it is in; missing ones above it are this user's. */
    private static void makeDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Path above = directory.toAbsolutePath().getParent();
        if (above != null) {
            Files.createDirectories(
                    above, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        try {
            Sharing.createDirectory(directory);
        } catch (FileAlreadyExistsException e) {
            // Another station was first.
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    static Membership join(Path directory, MacAddress address, SegmentOptions options) throws IOException {
        makeDirectory(directory);
        return locked(directory, () -> {
            StationTable table = StationTable.openOrCreate(directory.resolve(TABLE_NAME), options);
            try {
                return enter(directory, table, address, options);
            } catch (IOException | RuntimeException e) {
                table.close();
                throw e;
            }
        });
    }

    private static Membership enter(Path directory, StationTable table, MacAddress address, SegmentOptions options)
            throws IOException {
        Lifeline lifeline = Lifeline.open(table.path());
        try {
            int station = vacancy(directory, table, lifeline, address);
            if (!lifeline.tryHold(station)) {
                throw new IOException(
                        "place " + station + " on the segment at " + directory + " is held by nobody known");
            }
            Membership membership = new Membership(directory, table, lifeline, station, options.ringBytes());
            membership.makeRings();
            table.enter(station, address.bits(), table.generation() + 1);
            return membership;
        } catch (IOException | RuntimeException e) {
            lifeline.close();
            throw e;
        }
    }

    /** The first free place, after the dead have been cleared away. */
    private static int vacancy(Path directory, StationTable table, Lifeline lifeline, MacAddress address)
            throws IOException {
        int vacancy = -1;
        for (int i = SegmentLink.MAXIMUM_STATIONS - 1; i >= 0; i--) {
            if (table.present(i) && !lifeline.isHeldByAnother(i)) {
                table.leave(i);
                deleteRings(directory, i);
            }
            if (!table.present(i)) {
                vacancy = i;
            } else if (table.macBits(i) == address.bits()) {
                throw new IOException("station " + address + " is on the segment at " + directory + " already");
            }
        }
        if (vacancy < 0) {
            throw new IOException("the segment at " + directory + " has " + SegmentLink.MAXIMUM_STATIONS
                    + " stations, more do not fit");
        }
        return vacancy;
    }

    private void makeRings() throws IOException {
        long generation = table.generation() + 1;
        deleteRings(directory, station);
        try {
            for (int peer = 0; peer < SegmentLink.MAXIMUM_STATIONS; peer++) {
                if (peer != station && table.present(peer)) {
                    makeRing(station, peer, generation);
                    makeRing(peer, station, generation);
                }
            }
        } catch (IOException e) {
            deleteRings(directory, station);
            throw e;
        }
    }

    private void makeRing(int from, int to, long generation) throws IOException {
        SharedMemory.create(ringPath(from, to, generation), Ring.fileBytes(ringBytes))
                .close();
    }

    private Path ringPath(int from, int to, long generation) {
        return directory.resolve("ring-" + from + "-" + to + "-" + generation);
    }

    /** What tells the rings that this station and {@code peer} share now; they differ whenever either joined anew. */
    long ringGeneration(int peer) {
        return Math.max(table.joinedAt(station), table.joinedAt(peer));
    }

    /** Opens a ring between this station and {@code peer}. */
    SharedMemory openRing(int from, int to, long generation) throws IOException {
        SharedMemory ring = SharedMemory.open(ringPath(from, to, generation));
        if (ring.sizeBytes() != Ring.fileBytes(ringBytes)) {
            ring.close();
            throw new IOException("the ring at " + ring.path() + " has " + ring.sizeBytes() + " bytes, not "
                    + Ring.fileBytes(ringBytes));
        }
        return ring;
    }

    private static void deleteRings(Path directory, int station) throws IOException {
        try (DirectoryStream<Path> from = Files.newDirectoryStream(directory, "ring-" + station + "-*");
                DirectoryStream<Path> to = Files.newDirectoryStream(directory, "ring-*-" + station + "-*")) {
            for (Path path : from) {
                Files.deleteIfExists(path);
            }
            for (Path path : to) {
                Files.deleteIfExists(path);
            }
        }
    }

    /** Leaves; whoever is last takes the table along. */
    @Override
    public void close() {
        try {
            Boolean _ = locked(directory, () -> {
                table.leave(station);
                deleteRings(directory, station);
                boolean last = true;
                for (int i = 0; i < SegmentLink.MAXIMUM_STATIONS; i++) {
                    last &= !table.present(i) || !lifeline.isHeldByAnother(i);
                }
                if (last) {
                    table.unlink();
                }
                return last;
            });
        } catch (NoSuchFileException e) {
            // The segment's directory went first: there is nothing left to leave.
            assert e.getFile() != null;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot leave the segment at " + directory, e);
        } finally {
            lifeline.close();
            table.close();
        }
    }
}
