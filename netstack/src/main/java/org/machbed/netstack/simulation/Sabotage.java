package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;

/** Faults that no network or host may have, planted by tests to see that they are found. */
interface Sabotage {
    Sabotage NONE = new Sabotage() {};

    /** Whether the network loses a frame, however often it is sent. */
    default boolean loses(MemorySegment frame, int lengthBytes) {
        return false;
    }

    /** May change a frame that a host sends, before anybody looks at it. */
    default void alterSent(MemorySegment frame, int lengthBytes) {}

    /** What a host is given in place of a frame that arrives, after everybody looked at it; the frame may arrive again. */
    default MemorySegment arriving(MemorySegment frame, int lengthBytes) {
        return frame;
    }

    /** Whether a host never calls its stack when a deadline comes. */
    default boolean ignoresDeadlines(int host) {
        return false;
    }

    /** Whether a host takes a connection out of a stack before its frames go to the other one. */
    default boolean switchesLate() {
        return false;
    }

    /** Whether a host forgets the frames that came before their connection. */
    default boolean forgetsKeptFrames() {
        return false;
    }

    /** Whether a host takes in the last of them first. */
    default boolean replaysBackwards() {
        return false;
    }

    /** May change a connection that is between two stacks. */
    default void alterState(MemorySegment encoded) {}

    /** Whether a library gives its application the result of a call that was void, since its connection had been taken. */
    default boolean keepsVoidResults() {
        return false;
    }

    /** Whether an application forgets to close the socket that it is done with. */
    default boolean forgetsToClose() {
        return false;
    }
}
