package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Runs validated programs: the stack, and the counts of what ran. Makes no garbage. Not thread-safe: each thread that filters
 * has its own; the counts may be read from elsewhere and are then a little old.
 */
public final class FilterMachine {
    private static final ValueLayout.OfShort NETWORK_WORD =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** 14 bytes: two addresses and a type. */
    private static final int HEADER_WORDS = 7;

    private static final int NOPUSH = 0;
    private static final int PUSHLIT = 1;
    private static final int PUSHZERO = 2;
    private static final int PUSHONE = 3;
    private static final int PUSHFFFF = 4;
    private static final int PUSHFF00 = 5;
    private static final int PUSH00FF = 6;
    private static final int PUSHIND = 14;
    private static final int PUSHHDRIND = 15;
    private static final int PUSHWORD = 16;
    private static final int PUSHHDR = 960;
    private static final int PUSHSTK = 992;

    private static final int NOP = 0;
    private static final int EQ = 1;
    private static final int LT = 2;
    private static final int LE = 3;
    private static final int GT = 4;
    private static final int GE = 5;
    private static final int AND = 6;
    private static final int OR = 7;
    private static final int XOR = 8;
    private static final int COR = 9;
    private static final int CNOR = 11;
    private static final int CNAND = 12;
    private static final int NEQ = 13;
    private static final int LSH = 14;
    private static final int RSH = 15;
    private static final int ADD = 16;
    private static final int SUB = 17;

    /** What {@link #frameWord} answers for a word that is not there; no word of a frame is negative. */
    private static final int BEYOND = -1;

    private final int[] stack = new int[PacketFilter.STACK_DEPTH];
    private long instructionsExecuted;
    private long readsBeyondFrame;

    /** Instructions executed since this machine was made; a literal belongs to its instruction. */
    public long instructionsExecuted() {
        return instructionsExecuted;
    }

    /** Runs that ended without match because the program asked for a word beyond the frame or its header. */
    public long readsBeyondFrame() {
        return readsBeyondFrame;
    }

    /** Runs a program that {@link FilterValidator} accepted: so actions, operators and stack need no check here. */
    boolean run(int[] words, MemorySegment frame, long offset, int length) {
        int frameWords = Math.max(length, 0) >> 1;
        int executed = 0;
        int top = 0;
        stack[0] = 1;
        for (int at = 0; at < words.length; ) {
            int word = words[at++];
            int action = word & FilterAction.MASK;
            int operator = word >>> FilterAction.BITS;
            executed++;

            int operand;
            if (action >= PUSHWORD && action < PUSHSTK) {
                operand = frameWord(frame, offset, action - (action < PUSHHDR ? PUSHWORD : PUSHHDR), frameWords);
            } else if (action == PUSHLIT) {
                operand = words[at++];
            } else if (action == NOPUSH) {
                operand = stack[top--];
            } else if (action >= PUSHSTK) {
                operand = stack[top - (action - PUSHSTK)];
            } else if (action == PUSHIND) {
                operand = frameWord(frame, offset, stack[top--], frameWords);
            } else if (action == PUSHHDRIND) {
                operand = frameWord(frame, offset, stack[top--], Math.min(frameWords, HEADER_WORDS));
            } else {
                operand = constant(action);
            }
            if (operand == BEYOND && action >= PUSHIND && action < PUSHSTK) {
                readsBeyondFrame++;
                return ended(executed, false);
            }

            if (operator == NOP) {
                stack[++top] = operand;
            } else if (operator >= COR && operator <= CNAND) {
                boolean equal = stack[top--] == operand;
                // COR and CNOR end on equality, CAND and CNAND on difference; COR and CNAND end with a match.
                if (equal == (operator == COR || operator == CNOR)) {
                    return ended(executed, operator == COR || operator == CNAND);
                }
            } else {
                stack[top] = apply(operator, stack[top], operand);
            }
        }
        return ended(executed, stack[top] != 0);
    }

    private boolean ended(int executed, boolean matched) {
        instructionsExecuted += executed;
        return matched;
    }

    private static int frameWord(MemorySegment frame, long offset, int index, int limit) {
        // The index may be any 32-bit value that a program computed; as unsigned it is out of bounds when negative.
        return Integer.compareUnsigned(index, limit) < 0
                ? frame.get(NETWORK_WORD, offset + 2L * index) & 0xffff
                : BEYOND;
    }

    private static int constant(int action) {
        return switch (action) {
            case PUSHZERO -> 0;
            case PUSHONE -> 1;
            case PUSHFFFF -> 0xffff;
            case PUSHFF00 -> 0xff00;
            case PUSH00FF -> 0x00ff;
            default -> throw new AssertionError("action " + action + " passed validation");
        };
    }

    private static int apply(int operator, int left, int right) {
        return switch (operator) {
            case EQ -> left == right ? 1 : 0;
            case NEQ -> left != right ? 1 : 0;
            case LT -> Integer.compareUnsigned(left, right) < 0 ? 1 : 0;
            case LE -> Integer.compareUnsigned(left, right) <= 0 ? 1 : 0;
            case GT -> Integer.compareUnsigned(left, right) > 0 ? 1 : 0;
            case GE -> Integer.compareUnsigned(left, right) >= 0 ? 1 : 0;
            case AND -> left & right;
            case OR -> left | right;
            case XOR -> left ^ right;
            case LSH -> left << right;
            case RSH -> left >> right;
            case ADD -> left + right;
            case SUB -> left - right;
            default -> throw new AssertionError("operator " + operator + " passed validation");
        };
    }
}
