package org.machbed.netstack.filter;

import org.jspecify.annotations.Nullable;

/**
 * What an instruction does with the operand that its action fetched: the high 6 bits of its word, coded as in Mach's
 * {@code <device/net_status.h>} (NETF_EQ...). All but NOP take the stack's top as left operand. Words are 32 bits wide on the
 * stack, comparisons are unsigned, as in Mach's {@code net_do_filter}.
 */
public enum FilterOperator {
    /** Pushes the operand. */
    NOP(0),
    EQ(1),
    LT(2),
    LE(3),
    GT(4),
    GE(5),
    AND(6),
    OR(7),
    XOR(8),
    /** Takes the top off; when it equals the operand, the frame matches and the program ends. */
    COR(9),
    /** Takes the top off; when it differs from the operand, the frame does not match and the program ends. */
    CAND(10),
    /** Takes the top off; when it equals the operand, the frame does not match and the program ends. */
    CNOR(11),
    /** Takes the top off; when it differs from the operand, the frame matches and the program ends. */
    CNAND(12),
    NEQ(13),
    /** Shifts left by the operand's low five bits. */
    LSH(14),
    /** Shifts right by the operand's low five bits, keeping the sign. */
    RSH(15),
    ADD(16),
    SUB(17);

    /** In the order of their numbers, which have no gap. */
    private static final FilterOperator[] VALUES = values();

    private final int number;

    FilterOperator(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** The operator's bits in a program word. */
    public int code() {
        return number << FilterAction.BITS;
    }

    /** Whether the operator may end the program and leaves no result. */
    public boolean shortCircuit() {
        return this == COR || this == CAND || this == CNOR || this == CNAND;
    }

    /** The operator of a program word, or {@code null} when its bits name none. */
    public static @Nullable FilterOperator of(int word) {
        int wanted = word >>> FilterAction.BITS;
        return wanted < VALUES.length ? VALUES[wanted] : null;
    }
}
