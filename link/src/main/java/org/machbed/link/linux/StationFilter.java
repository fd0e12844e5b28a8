package org.machbed.link.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.machbed.netstack.MacAddress;

/**
 * The program by which a packet socket refuses, in the kernel, what its station does not want (socket(7), SO_ATTACH_FILTER; classic
 * BPF): frames for another station, what goes out (kernels before 4.20 have no PACKET_IGNORE_OUTGOING), and what had a VLAN tag. A
 * group's frames all pass; which groups matter the driver knows. What is refused wakes nobody.
 */
final class StationFilter {
    /** BPF_LD | BPF_B, BPF_H or BPF_W | BPF_ABS. */
    private static final int LOAD_BYTE = 0x30;

    private static final int LOAD_HALF = 0x28;
    private static final int LOAD_WORD = 0x20;

    /** BPF_JMP | BPF_JEQ or BPF_JSET | BPF_K. */
    private static final int IF_EQUAL = 0x15;

    private static final int IF_ANY_BIT = 0x45;
    private static final int ANSWER = 0x06;
    private static final int WHOLE_FRAME = 0x7fff_ffff;

    /** SKF_AD_OFF, from which the kernel's own knowledge of a frame is loaded. */
    private static final int KNOWN = -0x1000;

    private static final int PACKET_TYPE = KNOWN + 4;
    private static final int VLAN_TAG_PRESENT = KNOWN + 48;
    private static final int PACKET_OUTGOING = 4;

    /** The first bit on the wire of a group's address. */
    private static final int GROUP_BIT = 1;

    private StationFilter() {}

    /** A struct sock_fprog whose memory is {@code arena}'s. */
    static MemorySegment program(Arena arena, MacAddress station) {
        int high = (int) (station.bits() >>> Short.SIZE);
        int low = (int) station.bits() & 0xFFFF;
        // Jumps count the instructions that are left out.
        long[] instructions = {
            instruction(LOAD_BYTE, 0, 0, PACKET_TYPE),
            instruction(IF_EQUAL, 9, 0, PACKET_OUTGOING), // to: refuse
            instruction(LOAD_BYTE, 0, 0, VLAN_TAG_PRESENT),
            instruction(IF_EQUAL, 0, 7, 0), // else: refuse
            instruction(LOAD_BYTE, 0, 0, 0),
            instruction(IF_ANY_BIT, 4, 0, GROUP_BIT), // to: accept
            instruction(LOAD_WORD, 0, 0, 0),
            instruction(IF_EQUAL, 0, 3, high), // else: refuse
            instruction(LOAD_HALF, 0, 0, Integer.BYTES),
            instruction(IF_EQUAL, 0, 1, low), // else: refuse
            instruction(ANSWER, 0, 0, WHOLE_FRAME),
            instruction(ANSWER, 0, 0, 0),
        };
        MemorySegment program = arena.allocate(2L * Long.BYTES, Long.BYTES);
        program.set(ValueLayout.JAVA_SHORT, 0, (short) instructions.length);
        program.set(ValueLayout.ADDRESS, Long.BYTES, arena.allocateFrom(ValueLayout.JAVA_LONG, instructions));
        return program;
    }

    /** A struct sock_filter. */
    private static long instruction(int code, int jumpTrue, int jumpFalse, int operand) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new LinkageError("filter instructions are laid out for little-endian machines");
        }
        return code | (long) jumpTrue << 16 | (long) jumpFalse << 24 | (long) operand << 32;
    }
}
