package org.machbed.client.binding;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.LinkEnd;
import org.machbed.link.LinkSpecification;
import org.machbed.link.PollingLink;
import org.machbed.link.Wire;
import org.machbed.netstack.StackConfiguration;

/**
 * The protocol library of an application that owns the end of its link.
 *
 * @param wire what the link is made of
 * @param capture pcapng file of all frames
 * @param linger how long its end waits at most until what was sent has arrived
 * @param idle how a thread awaits a frame on a wire in shared memory; on a device of the machine's, where each look is a system call,
 *     it always sleeps
 */
public record LibraryConfiguration(
        LinkSpecification wire, StackConfiguration stack, Optional<Path> capture, Duration linger, Idle idle) {
    /** Joins the wire and starts the library on it. */
    LibrarySocketLayer open(Crossings crossings) throws IOException {
        LinkEnd link = wire.open(stack.mac(), stack.mtuBytes(), capture.orElse(null));
        boolean polls = idle == Idle.SPIN && !(wire.wire() instanceof Wire.OnDescriptor);
        return LibrarySocketLayer.open(polls ? new PollingLink(link) : link, stack, linger, crossings);
    }
}
