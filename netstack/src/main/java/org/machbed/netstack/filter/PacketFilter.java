package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A validated filter program with its priority: immutable, so any number of threads may share it. A program has no jumps
 * and its use of the stack is known beforehand, so once {@link #compile} has accepted it no run of it can fail or loop.
 *
 * <p>An instruction is one 16-bit word, followed by a literal after PUSHLIT:
 *
 * <pre>
 *  15        10 9                 0
 * +------------+-------------------+
 * |  operator  |  action           |
 * +------------+-------------------+
 * </pre>
 *
 * <p>The stack holds the constant 1 before the first instruction, and what lies on top after the last one decides: any
 * value but 0 matches. So the empty program matches every frame. Source: Mogul, Rashid and Accetta, "The Packet Filter", SOSP
 * 1987, section 3.1; Mach 3.0 {@code device/net_io.c}.
 */
public final class PacketFilter {
    /** Words of a program, literals included (NET_MAX_FILTER). */
    public static final int MAXIMUM_WORDS = 64;

    /** Words on the stack, the initial constant included (NET_FILTER_STACK_DEPTH). */
    public static final int STACK_DEPTH = 32;

    /** The highest priority (NET_PRI_MAX). */
    public static final int MAXIMUM_PRIORITY = 255;

    /** From this priority on, a filter that matches keeps the frame from the filters after it (NET_HI_PRI). */
    public static final int HIGH_PRIORITY = 100;

    private final int[] words;
    private final int[] code;
    private final int priority;

    private PacketFilter(int[] words, int priority) {
        this.words = words;
        this.code = FilterMachine.translate(words);
        this.priority = priority;
    }

    /**
     * Validates a program.
     *
     * @param words the program, one 16-bit word in each element; copied
     * @param priority from 0 to {@link #MAXIMUM_PRIORITY}
     * @throws FilterException naming the first word that is wrong, and why
     */
    public static PacketFilter compile(int[] words, int priority) throws FilterException {
        if (priority < 0 || priority > MAXIMUM_PRIORITY) {
            throw FilterException.ofWhole("priority " + priority + " is not between 0 and " + MAXIMUM_PRIORITY);
        }
        int[] program = words.clone();
        FilterValidator.validate(program);
        return new PacketFilter(program, priority);
    }

    /**
     * Whether the frame matches. A program that asks for a word which the frame does not have ends there, without match.
     *
     * @param frame memory that holds the frame
     * @param offset where the frame's Ethernet header begins, in bytes
     * @param length bytes of the frame; an odd last byte is no word and cannot be asked for
     * @param machine runs the program and counts what it executed
     */
    public boolean matches(MemorySegment frame, long offset, int length, FilterMachine machine) {
        return machine.run(code, frame, offset, length);
    }

    public int priority() {
        return priority;
    }

    /** A copy of the program. */
    public int[] words() {
        return words.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PacketFilter that && priority == that.priority && Arrays.equals(words, that.words);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(words) + priority;
    }

    /** The priority and the program's text, as {@link FilterDisassembler} writes it. */
    @Override
    public String toString() {
        return "priority " + priority + "\n" + FilterDisassembler.disassemble(words);
    }
}
