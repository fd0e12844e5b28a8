package org.machbed.netstack.filter;

import java.util.ArrayDeque;
import java.util.Deque;

/** The packet filter as its description reads, without regard to speed, to compare the real one with. */
final class ReferenceMachine {
    private final int[] words;
    private final byte[] frame;
    private final Deque<Integer> stack = new ArrayDeque<>();
    private int at;

    private ReferenceMachine(int[] words, byte[] frame) {
        this.words = words;
        this.frame = frame;
    }

    static boolean matches(int[] words, byte[] frame) {
        try {
            return new ReferenceMachine(words, frame).run();
        } catch (IndexOutOfBoundsException e) {
            return false;
        }
    }

    private boolean run() {
        stack.push(1);
        while (at < words.length) {
            int word = words[at++];
            FilterAction action = FilterAction.of(word);
            FilterOperator operator = FilterOperator.of(word);
            if (action == null || operator == null) {
                throw new IllegalArgumentException("no instruction");
            }
            int right = operand(action, (word & FilterAction.MASK) - action.code());
            if (operator == FilterOperator.NOP) {
                stack.push(right);
                continue;
            }
            int left = stack.pop();
            switch (operator) {
                case COR -> {
                    if (left == right) return true;
                }
                case CAND -> {
                    if (left != right) return false;
                }
                case CNOR -> {
                    if (left == right) return false;
                }
                case CNAND -> {
                    if (left != right) return true;
                }
                default -> stack.push(result(operator, left, right));
            }
        }
        return stack.pop() != 0;
    }

    private int operand(FilterAction action, int index) {
        return switch (action) {
            case NOPUSH -> stack.pop();
            case PUSHLIT -> words[at++];
            case PUSHZERO -> 0;
            case PUSHONE -> 1;
            case PUSHFFFF -> 0xffff;
            case PUSHFF00 -> 0xff00;
            case PUSH00FF -> 0x00ff;
            case PUSHIND -> frameWord(stack.pop(), Integer.MAX_VALUE);
            case PUSHHDRIND -> frameWord(stack.pop(), 7);
            case PUSHWORD, PUSHHDR -> frameWord(index, Integer.MAX_VALUE);
            case PUSHSTK -> stack.stream().skip(index).findFirst().orElseThrow();
        };
    }

    private int frameWord(int index, int limit) {
        if (index < 0 || index >= limit || index >= frame.length / 2) {
            throw new IndexOutOfBoundsException(index);
        }
        return ((frame[2 * index] & 0xff) << 8) + (frame[2 * index + 1] & 0xff);
    }

    private static int result(FilterOperator operator, int left, int right) {
        long unsignedLeft = left & 0xffff_ffffL;
        long unsignedRight = right & 0xffff_ffffL;
        return switch (operator) {
            case EQ -> left == right ? 1 : 0;
            case NEQ -> left == right ? 0 : 1;
            case LT -> unsignedLeft < unsignedRight ? 1 : 0;
            case LE -> unsignedLeft <= unsignedRight ? 1 : 0;
            case GT -> unsignedLeft > unsignedRight ? 1 : 0;
            case GE -> unsignedLeft >= unsignedRight ? 1 : 0;
            case AND -> left & right;
            case OR -> left | right;
            case XOR -> left ^ right;
            case LSH -> left << (right & 31);
            case RSH -> left >> (right & 31);
            case ADD -> (int) ((long) left + right);
            case SUB -> (int) ((long) left - right);
            default -> throw new IllegalArgumentException(operator.toString());
        };
    }
}
