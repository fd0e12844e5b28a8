package org.machbed.testbed.peer;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;

/**
 * Joins two TAP devices into one wire, until standard input ends: {@code WIRE WIRE MTU}, as {@code tap:NAME,loss=0.01,seed=1}. The
 * impairments of the first concern both ways.
 */
final class TapRelay {
    private static final int BURST = 64;

    private TapRelay() {}

    public static void main(String[] arguments) throws IOException {
        int mtuBytes = Integer.parseInt(arguments[2]);
        try (LinkEnd one = open(arguments[0], 1, mtuBytes);
                LinkEnd other = open(arguments[1], 2, mtuBytes)) {
            Thread.ofPlatform().daemon().start(() -> carry(one, other));
            Thread.ofPlatform().daemon().start(() -> carry(other, one));
            System.out.println("joined");
            while (System.in.read() >= 0) {
                // Nothing that comes means anything.
            }
            // The threads wait on the links: the process ends with them.
            System.exit(0);
        }
    }

    private static LinkEnd open(String wire, int number, int mtuBytes) throws IOException {
        return LinkSpecification.parse(wire).open(new MacAddress(0x020000000100L + number), mtuBytes, null);
    }

    private static void carry(LinkEnd from, LinkEnd to) {
        while (true) {
            from.await(LinkEnd.FOREVER);
            from.poll((memory, offset, length) -> pass(to, memory, offset, length), BURST);
        }
    }

    private static void pass(LinkEnd to, MemorySegment memory, long offset, int length) {
        FrameBuffer frame = to.allocate(length);
        if (frame != null) {
            MemorySegment.copy(memory, offset, frame.memory, frame.offset, length);
            to.transmit(frame);
        }
    }
}
