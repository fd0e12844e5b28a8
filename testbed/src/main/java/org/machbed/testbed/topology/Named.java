package org.machbed.testbed.topology;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** An enum constant whose name in files and options is its own in lower case with hyphens. */
public interface Named {
    String name();

    default String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static <E extends Enum<E> & Named> Optional<E> find(Class<E> type, String label) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> constant.label().equals(label))
                .findFirst();
    }

    static <E extends Enum<E> & Named> String labels(Class<E> type) {
        return Arrays.stream(type.getEnumConstants()).map(Named::label).collect(Collectors.joining(", "));
    }
}
