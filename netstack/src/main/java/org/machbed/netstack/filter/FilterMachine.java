package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Runs validated programs: the stack, and the counts of what ran. Makes no garbage. Not thread-safe: each thread that filters
 * has its own; the counts may be read from elsewhere and are then a little old.
 *
 * <p>A program is translated once, when it is installed, so that each instruction is one number whose operand is at hand:
 *
 * <pre>
 *  31      24 23   20 19    16 15                 0
 * +----------+-------+--------+--------------------+
 * | operator |   0   |  kind  | literal or index   |
 * +----------+-------+--------+--------------------+
 * </pre>
 */
public final class FilterMachine {
    private static final ValueLayout.OfShort NETWORK_WORD =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** 14 bytes: two addresses and a type. */
    private static final int HEADER_WORDS = 7;

    /** Kinds of operand: a constant, a word of the frame, the top taken off, a word of the stack, and the two indirect ones. */
    private static final int LITERAL = 0;

    private static final int FRAME_WORD = 1;
    private static final int POPPED = 2;
    private static final int STACK_WORD = 3;
    private static final int INDIRECT = 4;
    private static final int HEADER_INDIRECT = 5;

    private static final int KIND_SHIFT = 16;
    private static final int KIND_MASK = 0xf;
    private static final int VALUE_MASK = 0xffff;
    private static final int OPERATOR_SHIFT = 24;

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

    /** Translates a program that {@link FilterValidator} accepted. */
    static int[] translate(int[] words) {
        int[] code = new int[words.length];
        int count = 0;
        for (int at = 0; at < words.length; at++) {
            FilterAction action = FilterAction.of(words[at]);
            FilterOperator operator = FilterOperator.of(words[at]);
            if (action == null || operator == null) {
                throw new AssertionError("word " + at + " passed validation");
            }
            int index = (words[at] & FilterAction.MASK) - action.code();
            int operand = switch (action) {
                case NOPUSH -> operand(POPPED, 0);
                case PUSHLIT -> operand(LITERAL, words[++at]);
                case PUSHZERO -> operand(LITERAL, 0);
                case PUSHONE -> operand(LITERAL, 1);
                case PUSHFFFF -> operand(LITERAL, 0xffff);
                case PUSHFF00 -> operand(LITERAL, 0xff00);
                case PUSH00FF -> operand(LITERAL, 0x00ff);
                case PUSHIND -> operand(INDIRECT, 0);
                case PUSHHDRIND -> operand(HEADER_INDIRECT, 0);
                case PUSHWORD, PUSHHDR -> operand(FRAME_WORD, index);
                case PUSHSTK -> operand(STACK_WORD, index);
            };
            code[count++] = operand | (operator.number() << OPERATOR_SHIFT);
        }
        return Arrays.copyOf(code, count);
    }

    private static int operand(int kind, int value) {
        return kind << KIND_SHIFT | value;
    }

    /** Runs a translated program: it was validated, so kinds, operators and stack need no check here. */
    boolean run(int[] code, MemorySegment frame, long offset, int length) {
        int[] stack = this.stack;
        int frameWords = Math.max(length, 0) >> 1;
        int top = 0;
        stack[0] = 1;
        for (int at = 0; at < code.length; at++) {
            int instruction = code[at];
            int operand = instruction & VALUE_MASK;
            int kind = instruction >> KIND_SHIFT & KIND_MASK;
            if (kind != LITERAL) {
                switch (kind) {
                    case POPPED -> operand = stack[top--];
                    case STACK_WORD -> operand = stack[top - operand];
                    default -> {
                        int limit = kind == HEADER_INDIRECT ? Math.min(frameWords, HEADER_WORDS) : frameWords;
                        int index = kind == FRAME_WORD ? operand : stack[top--];
                        // Any 32 bits that a program computed; as unsigned they are out of bounds when negative.
                        if (Integer.compareUnsigned(index, limit) >= 0) {
                            readsBeyondFrame++;
                            return ended(at, false);
                        }
                        operand = frame.get(NETWORK_WORD, offset + 2L * index) & 0xffff;
                    }
                }
            }
            int operator = instruction >> OPERATOR_SHIFT;
            if (operator == NOP) {
                stack[++top] = operand;
            } else if (operator >= COR && operator <= CNAND) {
                boolean equal = stack[top--] == operand;
                // COR and CNOR end on equality, CAND and CNAND on difference; COR and CNAND end with a match.
                if (equal == (operator == COR || operator == CNOR)) {
                    return ended(at, operator == COR || operator == CNAND);
                }
            } else {
                stack[top] = apply(operator, stack[top], operand);
            }
        }
        return ended(code.length - 1, stack[top] != 0);
    }

    private boolean ended(int last, boolean matched) {
        instructionsExecuted += last + 1;
        return matched;
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
