package org.machbed.netstack.filter;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Valid programs of random instructions. */
final class RandomPrograms {
    private static final FilterAction[] ACTIONS = FilterAction.values();
    private static final FilterOperator[] OPERATORS = FilterOperator.values();

    /** Instructions are likelier to meet words that the frame has, and each other, when indices are small. */
    private static final int USUAL_INDEX = 24;

    private RandomPrograms() {}

    /** A program of up to 64 words, which validation accepts. */
    static int[] program(SplittableRandom random) {
        int[] words = new int[PacketFilter.MAXIMUM_WORDS];
        int wanted = random.nextInt(words.length + 1);
        int count = 0;
        for (int attempts = 0; count < wanted && attempts < 4 * wanted; attempts++) {
            FilterAction action = ACTIONS[random.nextInt(ACTIONS.length)];
            int index = random.nextInt(
                    random.nextInt(20) == 0 ? action.indices() : Math.min(action.indices(), USUAL_INDEX));
            FilterOperator operator =
                    random.nextBoolean() ? FilterOperator.NOP : OPERATORS[random.nextInt(OPERATORS.length)];
            int added = 1;
            words[count] = action.code() + index + operator.code();
            if (action == FilterAction.PUSHLIT && count + 1 < words.length) {
                words[count + added++] = random.nextInt(random.nextBoolean() ? 0x10000 : USUAL_INDEX);
            }
            if (valid(Arrays.copyOf(words, count + added))) {
                count += added;
            }
        }
        return Arrays.copyOf(words, count);
    }

    private static boolean valid(int[] words) {
        try {
            FilterValidator.validate(words);
            return true;
        } catch (FilterException e) {
            return false;
        }
    }
}
