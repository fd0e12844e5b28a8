package org.machbed.client.library;

import org.machbed.netstack.NetworkStack;

/**
 * What is to be done after calls into the stack, with the library's lock, before anybody else can know of them: at the end of what an
 * application's call does, of the frames that were there, and of the timers that were due.
 */
@FunctionalInterface
public interface Publication {
    /** Nothing. */
    Publication NONE = (_, _) -> {};

    /** Calls into the stack are over. Called often when nothing has changed; leaves no garbage then. */
    void publish(NetworkStack stack, long nowNs);
}
