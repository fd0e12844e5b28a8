package org.machbed.netstack.filter;

import java.util.HexFormat;

/**
 * Turns the words of a filter into text that {@link FilterAssembler} turns back into the same words, with comments on what
 * the words of an Ethernet frame with IPv4 in it mean. Takes any words, those of no valid program too.
 */
public final class FilterDisassembler {
    private static final HexFormat HEX = HexFormat.of();
    private static final int COMMENT_COLUMN = 24;

    private FilterDisassembler() {}

    /** The text, one instruction a line. */
    public static String disassemble(int[] words) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < words.length; at++) {
            FilterAction action = FilterAction.of(words[at]);
            FilterOperator operator = FilterOperator.of(words[at]);
            boolean truncated = action == FilterAction.PUSHLIT && at + 1 == words.length;
            int start = text.length();
            if (action == null || operator == null || truncated) {
                text.append(".word ").append(literal(words[at]));
                comment(text, start, "no instruction");
                continue;
            }
            instruction(text, words[at], action, operator);
            if (action == FilterAction.PUSHLIT) {
                text.append(' ').append(literal(words[++at]));
            }
            comment(text, start, explanation(words[at], action, operator));
        }
        return text.toString();
    }

    private static void instruction(StringBuilder text, int word, FilterAction action, FilterOperator operator) {
        if (action == FilterAction.NOPUSH && operator != FilterOperator.NOP) {
            text.append(operator);
            return;
        }
        text.append(action);
        if (action.indexed()) {
            text.append('+').append((word & FilterAction.MASK) - action.code());
        }
        if (operator != FilterOperator.NOP) {
            text.append('|').append(operator);
        }
    }

    private static String literal(int word) {
        return "0x" + HEX.toHexDigits((short) word);
    }

    private static void comment(StringBuilder text, int start, String comment) {
        if (!comment.isEmpty()) {
            do {
                text.append(' ');
            } while (text.length() < start + COMMENT_COLUMN);
            text.append("# ").append(comment);
        }
        text.append('\n');
    }

    private static String explanation(int word, FilterAction action, FilterOperator operator) {
        String end = switch (operator) {
            case COR -> "match when equal";
            case CAND -> "no match unless equal";
            case CNOR -> "no match when equal";
            case CNAND -> "match unless equal";
            default -> "";
        };
        String operand = switch (action) {
            case PUSHWORD, PUSHHDR -> frameWord((word & FilterAction.MASK) - action.code());
            case PUSHIND -> "the word that the top numbers";
            case PUSHHDRIND -> "the header word that the top numbers";
            default -> "";
        };
        return operand.isEmpty() || end.isEmpty() ? operand + end : operand + ": " + end;
    }

    /** Ethernet II (words 0 to 6), RFC 791 section 3.1 (7 to 16), and ports when the header has no options. */
    private static String frameWord(int index) {
        return switch (index) {
            case 0, 1, 2 -> "Ethernet destination";
            case 3, 4, 5 -> "Ethernet source";
            case 6 -> "EtherType";
            case 7 -> "IPv4 version, header length, service";
            case 8 -> "IPv4 total length";
            case 9 -> "IPv4 identification";
            case 10 -> "IPv4 flags, fragment offset";
            case 11 -> "IPv4 time to live, protocol";
            case 12 -> "IPv4 header checksum";
            case 13, 14 -> "IPv4 source";
            case 15, 16 -> "IPv4 destination";
            default -> "";
        };
    }
}
