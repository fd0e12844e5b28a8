package org.machbed.netstack.filter;

/** Decides whether a program can run on any frame without failing; walks it once, keeping the depth of the stack. */
final class FilterValidator {
    private final int[] words;

    /** Words on the stack before the instruction at hand, the initial constant included: from 1 to STACK_DEPTH. */
    private int depth = 1;

    private FilterValidator(int[] words) {
        this.words = words;
    }

    static void validate(int[] words) throws FilterException {
        if (words.length > PacketFilter.MAXIMUM_WORDS) {
            throw FilterException.ofWhole(
                    words.length + " words, the longest program has " + PacketFilter.MAXIMUM_WORDS);
        }
        for (int i = 0; i < words.length; i++) {
            if ((words[i] & ~0xffff) != 0) {
                throw FilterException.atWord(i, "value " + words[i] + " does not fit in 16 bits");
            }
        }
        new FilterValidator(words).walk();
    }

    private void walk() throws FilterException {
        for (int at = 0; at < words.length; at++) {
            FilterAction action = FilterAction.of(words[at]);
            FilterOperator operator = FilterOperator.of(words[at]);
            if (action == null) {
                throw FilterException.atWord(at, "no such action: " + (words[at] & FilterAction.MASK));
            }
            if (operator == null) {
                throw FilterException.atWord(at, "no such operator: " + (words[at] >>> FilterAction.BITS));
            }
            fetch(action, at);
            operate(operator, at);
            if (action == FilterAction.PUSHLIT && ++at == words.length) {
                throw FilterException.atWord(at - 1, "PUSHLIT without its literal");
            }
        }
    }

    /** Afterwards {@link #depth} counts the words below the operand, which itself is in no stack word. */
    private void fetch(FilterAction action, int at) throws FilterException {
        if (action.pops()) {
            depth--;
        } else if (action == FilterAction.PUSHSTK) {
            int index = (words[at] & FilterAction.MASK) - action.code();
            if (index >= depth) {
                throw FilterException.atWord(at, "PUSHSTK+" + index + " of a stack of " + depth);
            }
        }
    }

    private void operate(FilterOperator operator, int at) throws FilterException {
        if (operator == FilterOperator.NOP) {
            if (++depth > PacketFilter.STACK_DEPTH) {
                throw FilterException.atWord(at, "stack deeper than " + PacketFilter.STACK_DEPTH);
            }
            return;
        }
        // A short-circuit operator leaves nothing in place of its operands, and the stack must never be empty.
        int needed = operator.shortCircuit() ? 2 : 1;
        if (depth < needed) {
            throw FilterException.atWord(at, "stack underflow at " + operator);
        }
        if (operator.shortCircuit()) {
            depth--;
        }
    }
}
