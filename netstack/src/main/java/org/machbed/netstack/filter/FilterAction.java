package org.machbed.netstack.filter;

import org.jspecify.annotations.Nullable;

/**
 * What an instruction fetches: the low 10 bits of its word. Codes as in Mach's {@code <device/net_status.h>} (NETF_PUSH...),
 * and the four constants of Mogul, Rashid and Accetta 1987 (figure 3-6) that Mach left out.
 */
public enum FilterAction {
    /** Takes the operand off the stack. */
    NOPUSH(0, 1),
    /** The next word of the program. */
    PUSHLIT(1, 1),
    PUSHZERO(2, 1),
    PUSHONE(3, 1),
    PUSHFFFF(4, 1),
    PUSHFF00(5, 1),
    PUSH00FF(6, 1),
    /** Takes a word number off the stack: that word of the frame. */
    PUSHIND(14, 1),
    /** Takes a word number off the stack: that word of the Ethernet header. */
    PUSHHDRIND(15, 1),
    /** Word n of the frame, n from 0 to 943; word 0 begins the Ethernet header, word 7 what follows it. */
    PUSHWORD(16, 944),
    /** Word n of the Ethernet header, n from 0 to 6. */
    PUSHHDR(960, 7),
    /** Word n of the stack, 0 being its top, n from 0 to 31. */
    PUSHSTK(992, 32);

    /** Bits of a program word that hold the action. */
    static final int BITS = 10;

    static final int MASK = (1 << BITS) - 1;

    private static final FilterAction[] VALUES = values();

    private final int code;
    private final int indices;

    FilterAction(int code, int indices) {
        this.code = code;
        this.indices = indices;
    }

    /** The action's bits, for its index 0. */
    public int code() {
        return code;
    }

    /** How many indices the action takes; 1 when it has none. */
    public int indices() {
        return indices;
    }

    /** Whether the action is written with an index, as {@code PUSHWORD+6}. */
    public boolean indexed() {
        return indices > 1;
    }

    /** Whether the action takes a word off the stack. */
    boolean pops() {
        return this == NOPUSH || this == PUSHIND || this == PUSHHDRIND;
    }

    /** The action of a program word, or {@code null} when it has none. */
    public static @Nullable FilterAction of(int word) {
        int bits = word & MASK;
        for (FilterAction action : VALUES) {
            if (bits >= action.code && bits < action.code + action.indices) {
                return action;
            }
        }
        return null;
    }
}
