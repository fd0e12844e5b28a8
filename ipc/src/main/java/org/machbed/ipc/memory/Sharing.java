package org.machbed.ipc.memory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

/**
 * Who shares a directory of memory: the processes of one user, or those of all users in its group. The directory's own mode says it,
 * and whatever is made in it is for the same ones. The one place that decides modes (inode(7)).
 *
 * <p>Among several users a name is the right to use what it names: a host's directory (3730) can be entered and not listed, and what
 * one user made there no other can remove. The set-group-ID bit of a directory gives its group to what is made in it.
 */
public enum Sharing {
    /** One user's processes. */
    USER(0600, 0600, 0700, 0700, 0700),

    /** Processes of several users, all in one group. Nobody else may do anything. */
    GROUP(0660, 0640, 02770, 02730, 03730);

    private static final String MODE = "unix:mode";
    private static final int PERMISSIONS = 07777;
    private static final int GROUP_WRITES_AND_ENTERS = 0030;
    private static final int OTHERS = 0007;

    private final int memoryMode;
    private final int letterMode;
    private final int directoryMode;
    private final int postOfficeMode;
    private final int hostMode;

    Sharing(int memoryMode, int letterMode, int directoryMode, int postOfficeMode, int hostMode) {
        this.memoryMode = memoryMode;
        this.letterMode = letterMode;
        this.directoryMode = directoryMode;
        this.postOfficeMode = postOfficeMode;
        this.hostMode = hostMode;
    }

    /** Who shares what is in a directory: its group where that may make files and nobody else may do anything, else its user. */
    public static Sharing in(Path directory) throws IOException {
        int mode = mode(directory);
        return (mode & GROUP_WRITES_AND_ENTERS) == GROUP_WRITES_AND_ENTERS && (mode & OTHERS) == 0 ? GROUP : USER;
    }

    private static Sharing besides(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        return directory == null ? USER : in(directory);
    }

    /** Creates a file that all sharers read and write. It must not exist. */
    public static void createMemory(Path file) throws IOException {
        Sharing sharing = besides(file);
        Files.createFile(file, attribute(sharing.memoryMode));
        settle(file, sharing.memoryMode);
    }

    /**
     * Creates an empty file that all sharers read and write, unless another one has: for a library that opens what is there. It has its
     * mode from the first moment that it has its name, since who sees it may open it.
     */
    public static void createMemoryUnlessThere(Path file) throws IOException {
        if (Files.exists(file)) {
            return;
        }
        Path nameless = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID());
        createMemory(nameless);
        try {
            Files.createLink(file, nameless);
        } catch (FileAlreadyExistsException e) {
            // Another one was faster: that is the file.
        } finally {
            Files.delete(nameless);
        }
    }

    /** Creates and opens a file that this process writes once and others read. It must not exist. */
    public FileChannel createLetter(Path file) throws IOException {
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW), attribute(letterMode));
        try {
            if ((letterMode & Mask.BITS) != 0) {
                settle(file, letterMode);
            }
            return channel;
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Opens a file that all sharers lock, or creates it. */
    public static FileChannel openLock(Path file) throws IOException {
        Sharing sharing = besides(file);
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), attribute(sharing.memoryMode));
        try {
            settle(file, sharing.memoryMode);
            return channel;
        } catch (IOException | RuntimeException | Error e) {
            channel.close();
            throw e;
        }
    }

    /** Admits the sharers to a file or a socket that a library made with modes of its own. */
    public static void admit(Path file) throws IOException {
        settle(file, besides(file).memoryMode);
    }

    /** Creates a directory in which all sharers make, list and remove files: they are told its name. */
    public static void createDirectory(Path directory) throws IOException {
        create(directory, besides(directory).directoryMode);
    }

    /** Creates a directory in which all sharers make, open and remove files whose names they know, and only this user lists them. */
    public static void createPostOffice(Path directory) throws IOException {
        create(directory, besides(directory).postOfficeMode);
    }

    /** Creates a host's directory: as a post office, but only who made a file, and this user, may remove it. */
    public static void createHost(Path directory) throws IOException {
        create(directory, besides(directory).hostMode);
    }

    private static void create(Path directory, int mode) throws IOException {
        Files.createDirectory(directory, attribute(mode));
        settle(directory, mode);
    }

    /** Gives a file its mode, which the process's mask, or who made it, may have made another. */
    private static void settle(Path file, int mode) throws IOException {
        if (mode(file) == mode) {
            return;
        }
        Files.setAttribute(file, MODE, mode);
        int settled = mode(file);
        if (settled != mode) {
            // Linux drops the set-group-ID bit silently (chmod(2)).
            throw new IOException(
                    "%s has mode %o and not %o: is this user no member of its group?".formatted(file, settled, mode));
        }
    }

    private static int mode(Path file) throws IOException {
        return (int) Files.getAttribute(file, MODE) & PERMISSIONS;
    }

    private static FileAttribute<Set<PosixFilePermission>> attribute(int mode) {
        StringBuilder letters = new StringBuilder("rwxrwxrwx");
        for (int i = 0; i < letters.length(); i++) {
            if ((mode & 0400 >> i) == 0) {
                letters.setCharAt(i, '-');
            }
        }
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(letters.toString()));
    }

    /** The process's mask of modes, as Linux tells it (proc_pid_status(5)); it is never changed here. */
    private static final class Mask {
        static final int BITS = read();

        private static int read() {
            try {
                return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .map(line -> line.toLowerCase(Locale.ROOT))
                        .filter(line -> line.startsWith("umask:"))
                        .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                        .findFirst()
                        .orElse(PERMISSIONS);
            } catch (IOException e) {
                // Unknown: every mode is looked at.
                return PERMISSIONS;
            }
        }
    }
}
