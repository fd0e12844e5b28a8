package org.machbed.client;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.KernelNode;

/**
 * The classes of jars as a virtual machine has them once they are loaded (JEP 350), so that a process under test starts in half the
 * time. A kernel that is stopped at once leaves them, once in the life of this virtual machine. There are none where the modules are
 * no jars yet, or the JDK came without an archive of its own classes.
 */
final class LibraryArchive {
    private static final long LIMIT_SECONDS = 60;

    /** The virtual machine wants what is in the archive first on the class path, and there are no directories in an archive. */
    private static final String JARS = classPath(entry -> entry.endsWith(".jar"));

    private static final String DIRECTORIES = classPath(entry -> !entry.endsWith(".jar"));
    private static final List<String> QUIET = List.of("-Xlog:cds*=off", "-Xlog:aot*=off");
    private static final List<String> OPTIONS = make();

    private LibraryArchive() {}

    private static String classPath(Predicate<String> wanted) {
        return String.join(
                File.pathSeparator,
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                        .filter(wanted)
                        .toList());
    }

    /** The class path of a process under test, and the archive where there is one. */
    static List<String> options() {
        return OPTIONS;
    }

    private static List<String> make() {
        var options = new ArrayList<String>(QUIET);
        try {
            Path directory = Files.createTempDirectory("machbed-archive");
            Path archive = directory.resolve("jars.jsa");
            if (location(KernelNode.class).endsWith(".jar")) {
                run(directory, "-XX:ArchiveClassesAtExit=" + archive);
            }
            if (Files.exists(archive)) {
                options.add("-XX:SharedArchiveFile=" + archive);
            }
            try (Stream<Path> files = Files.walk(directory)) {
                files.forEach(file -> file.toFile().deleteOnExit());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        options.addAll(List.of("-cp", JARS + File.pathSeparator + DIRECTORIES));
        return List.copyOf(options);
    }

    private static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    private static void run(Path directory, String option) throws IOException {
        var options = new ArrayList<String>(QUIET);
        options.addAll(List.of(option, "-cp", JARS));
        Child kernel = Child.start(
                KernelNode.class,
                directory,
                options,
                "--host-directory="
                        + HostDirectory.create(directory.resolve("host")).path(),
                "--process-name=kernel",
                "--wire=none",
                "--chronicle=true");
        if (!kernel.line().startsWith("READY")) {
            throw new IOException("the kernel did not start");
        }
        kernel.stop(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
}
