package org.machbed.ipc.memory;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reserves a file's blocks: a page of a sparse file that cannot be had is a SIGBUS at its first touch. */
final class Reservation {
    private static final MethodHandle POSIX_FALLOCATE = Native.function(
            "posix_fallocate",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private Reservation() {}

    static void reserve(Path path, long sizeBytes) throws IOException {
        int error;
        try (FileDescriptor file = FileDescriptor.open(path)) {
            do {
                error = (int) POSIX_FALLOCATE.invokeExact(file.number(), 0L, sizeBytes);
            } while (error == Native.EINTR);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Throwable thrown) {
            throw Native.broken(thrown);
        }
        if (error == Native.ENOSPC) {
            throw new IOException("no room for " + sizeBytes + " bytes of shared memory at " + path + ": only "
                    + Files.getFileStore(path).getUsableSpace() + " bytes are free there");
        }
        if (error != 0) {
            throw new IOException(
                    "cannot reserve " + sizeBytes + " bytes of shared memory at " + path + ": error " + error);
        }
    }
}
