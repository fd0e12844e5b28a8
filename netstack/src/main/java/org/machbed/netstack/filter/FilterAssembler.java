package org.machbed.netstack.filter;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Turns the text of a filter into its words. One instruction a line, or several between semicolons; {@code #} begins a
 * comment. An instruction is an action, an operator after {@code |} where there is one, and the literal of PUSHLIT:
 *
 * <pre>
 * PUSHWORD+6             # the EtherType
 * PUSHLIT|CAND 0x0800    # IPv4, else no match
 * PUSHWORD+11; PUSHLIT|AND 0x00ff; PUSHLIT|EQ 17
 * </pre>
 *
 * <p>An operator alone stands for NOPUSH and that operator; {@code .word n} is a word that is no instruction. The assembler
 * judges the text only: whether the program may run, {@link PacketFilter#compile} says.
 */
public final class FilterAssembler {
    private static final String RAW_WORD = ".WORD";

    private int[] words = new int[16];
    private int count;
    private int lineNumber;

    private FilterAssembler() {}

    /** Assembles {@code text}; an error names its line. */
    public static int[] assemble(String text) throws FilterException {
        FilterAssembler assembler = new FilterAssembler();
        for (String line : text.split("\n", -1)) {
            assembler.lineNumber++;
            int comment = line.indexOf('#');
            String code = comment < 0 ? line : line.substring(0, comment);
            for (String statement : code.split(";", -1)) {
                assembler.statement(statement.strip().toUpperCase(Locale.ROOT));
            }
        }
        return Arrays.copyOf(assembler.words, assembler.count);
    }

    private void statement(String statement) throws FilterException {
        if (statement.isEmpty()) {
            return;
        }
        String[] tokens = statement.split("\\s+", -1);
        if (tokens[0].equals(RAW_WORD)) {
            append(literalOf(tokens));
            return;
        }
        int word = instruction(tokens[0]);
        append(word);
        if (FilterAction.of(word) == FilterAction.PUSHLIT) {
            append(literalOf(tokens));
        } else if (tokens.length > 1) {
            throw error(tokens[0] + " takes no literal: " + tokens[1]);
        }
    }

    private int instruction(String token) throws FilterException {
        String[] parts = token.split("\\|", -1);
        if (parts.length > 2) {
            throw error("more than one operator: " + token);
        }
        FilterOperator alone = parts.length == 1 ? operatorNamed(parts[0]) : null;
        if (alone != null) {
            return alone.code();
        }
        int word = action(parts[0]);
        if (parts.length == 2) {
            FilterOperator operator = operatorNamed(parts[1]);
            if (operator == null) {
                throw error("no such operator: " + parts[1]);
            }
            word |= operator.code();
        }
        return word;
    }

    private int action(String text) throws FilterException {
        int plus = text.indexOf('+');
        String name = plus < 0 ? text : text.substring(0, plus);
        for (FilterAction action : FilterAction.values()) {
            if (action.name().equals(name)) {
                return action.code() + index(action, plus < 0 ? "" : text.substring(plus + 1));
            }
        }
        throw error("no such action: " + name);
    }

    private int index(FilterAction action, String digits) throws FilterException {
        if (!action.indexed()) {
            if (digits.isEmpty()) {
                return 0;
            }
            throw error(action + " takes no index");
        }
        if (digits.isEmpty()) {
            throw error(action + " needs an index, as " + action + "+0");
        }
        return number(digits, action.indices() - 1);
    }

    private int literalOf(String[] tokens) throws FilterException {
        if (tokens.length != 2) {
            throw error(tokens[0] + " needs one literal");
        }
        return number(tokens[1], 0xffff);
    }

    private int number(String text, int most) throws FilterException {
        int value;
        try {
            value = text.startsWith("0X") ? Integer.parseInt(text.substring(2), 16) : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw error("no number: " + text);
        }
        if (value < 0 || value > most) {
            throw error(text + " is not between 0 and " + most);
        }
        return value;
    }

    private static @Nullable FilterOperator operatorNamed(String name) {
        for (FilterOperator operator : FilterOperator.values()) {
            if (operator.name().equals(name)) {
                return operator;
            }
        }
        return null;
    }

    private void append(int word) {
        if (count == words.length) {
            words = Arrays.copyOf(words, 2 * count);
        }
        words[count++] = word;
    }

    private FilterException error(String reason) {
        return FilterException.atLine(lineNumber, reason);
    }
}
