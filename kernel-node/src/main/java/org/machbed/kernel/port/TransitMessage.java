package org.machbed.kernel.port;

import com.google.protobuf.ByteString;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.mach.Region;

/**
 * A message between copyin and copyout: names have become ports, and it owns one right per port.
 *
 * @param destination port that it is queued on
 * @param sendOnce whether it travels on a send-once right (else on a send right)
 * @param reply right for the reply
 * @param rights rights in the body, in the sender's order
 * @param regions memory objects, held by the message in {@link MemoryObjects}
 * @param sender the task that sent it, {@code null} for the kernel
 */
record TransitMessage(
        Port destination,
        boolean sendOnce,
        @Nullable TransitRight reply,
        int id,
        ByteString body,
        List<TransitRight> rights,
        List<Region> regions,
        @Nullable Task sender) {
    /** What the kernel keeps for it in memory, roughly: body, rights and the object itself. */
    int bytes() {
        return 256 + body.size() + 64 * (rights.size() + regions.size());
    }
}
