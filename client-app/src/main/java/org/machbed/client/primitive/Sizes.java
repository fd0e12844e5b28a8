package org.machbed.client.primitive;

import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;

/** The key {@code bytes} of primitives that handle data. */
final class Sizes {
    static final int KILOBYTE = 1024;

    private Sizes() {}

    static int bytes(CommandArguments arguments, int byDefault, int most) {
        int bytes = arguments.optionalInt("bytes", byDefault);
        if (bytes < 1 || bytes > most) {
            throw new UsageException("bytes is " + bytes + ", which is not between 1 and " + most);
        }
        return bytes;
    }
}
