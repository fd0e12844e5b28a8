package org.machbed.ipc.window;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a window's queues are made of. */
public enum QueueKind {
    /** Chronicle Queue files, rolled and deleted as they are used up. */
    CHRONICLE(1),
    /** Rings of descriptors in the window's own memory. */
    RING(3),
    /** The dual sub-queues of reynolds91 under a software mutex; not built yet. */
    SUBQUEUE(2);

    private final int number;

    QueueKind(int number) {
        this.number = number;
    }

    /** Its number in a window's memory. */
    int number() {
        return number;
    }

    /** @throws IllegalArgumentException when no kind has it */
    static QueueKind of(int number) {
        return Arrays.stream(values())
                .filter(kind -> kind.number == number)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("its queues are of kind " + number));
    }

    public static Optional<QueueKind> find(String label) {
        return Arrays.stream(values())
                .filter(kind -> kind.label().equals(label))
                .findFirst();
    }

    /** Its name in topologies and requests. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
