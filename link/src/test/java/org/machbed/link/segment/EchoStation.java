package org.machbed.link.segment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.machbed.link.EtherDriver;
import org.machbed.link.LinkEnd;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/** A process that is one station and sends every frame for it back, until its standard input ends. */
public final class EchoStation {
    private static final int ADDRESS_BYTES = 6;

    private EchoStation() {}

    /** Arguments: the segment's directory, the station's address. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (SegmentLink link = SegmentLink.join(Path.of(arguments[0]), MacAddress.parse(arguments[1]), 1500)) {
            EtherDriver driver = new EtherDriver(link, (memory, offset, length) -> echo(link, memory, offset, length));
            Thread interrupts = Thread.ofPlatform().name("interrupts").start(driver::runInterruptLoop);
            System.out.println("READY");
            int end = System.in.read();
            driver.stop();
            interrupts.join();
            System.out.write(("ENDED " + end + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void echo(LinkEnd link, MemorySegment memory, long offset, int length) {
        FrameBuffer reply = link.allocate(length);
        if (reply != null) {
            MemorySegment.copy(memory, offset, reply.memory, reply.offset, length);
            MemorySegment.copy(memory, offset + ADDRESS_BYTES, reply.memory, reply.offset, ADDRESS_BYTES);
            MemorySegment.copy(memory, offset, reply.memory, reply.offset + ADDRESS_BYTES, ADDRESS_BYTES);
            link.transmit(reply);
        }
    }
}
