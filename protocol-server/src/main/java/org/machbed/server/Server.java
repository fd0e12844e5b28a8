package org.machbed.server;

import java.util.function.ObjLongConsumer;
import org.machbed.ipc.mach.MachException;

/** A protocol server in its process. */
public interface Server extends AutoCloseable {
    /** Starts its threads and registers its service, once. */
    void start() throws MachException;

    /** Tells what it counted besides crossings, by name; any thread may call. */
    void tellCounters(ObjLongConsumer<String> consumer);

    /** Whether the network input thread runs with SCHED_FIFO: {@code off}, {@code granted} or {@code refused}. */
    String realTime();

    /** Closes all sockets and ends the threads; the driver and the task are the caller's. */
    @Override
    void close();
}
