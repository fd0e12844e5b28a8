package org.machbed.testbed.launch;

import java.io.IOException;
import java.util.Map;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.machine.ProcFs;

/** Reads what a process has counted, and what Linux has of its virtual machine. */
public interface ProcessMeter extends AutoCloseable {
    /** What it has crossed since its start. */
    Map<Crossing, Long> crossings() throws IOException;

    /** What the threads of its virtual machine have used since their start. */
    ProcFs.Use use() throws IOException;

    @Override
    void close();
}
