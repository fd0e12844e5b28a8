package org.machbed.client.channel;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channel;
import java.nio.channels.ClosedChannelException;

/**
 * What the three kinds of channel are beside what {@link java.nio.channels} makes them: a socket, and calls that may wait. A call
 * that may wait goes between {@link #enter} and {@link #leave}; meanwhile closing the channel, or interrupting the thread, closes
 * the socket, and the socket layer then ends the call. A selector watches the socket of {@link #io}, and asks {@link #possibleOps} what
 * its readiness is good for.
 */
sealed interface MachbedChannel extends Channel
        permits MachbedDatagramChannel, MachbedServerSocketChannel, MachbedSocketChannel {
    /** The socket under the channel. */
    SocketIo io();

    /** The operations, as in {@link java.nio.channels.SelectionKey}, that a socket which is ready may be ready for in its state. */
    int possibleOps();

    boolean isBlocking();

    /** {@code begin} of {@link java.nio.channels.spi.AbstractInterruptibleChannel}, which is for its heirs only. */
    void beginBlocking();

    /** {@code end} of {@link java.nio.channels.spi.AbstractInterruptibleChannel}, which is for its heirs only. */
    void endBlocking(boolean completed) throws AsynchronousCloseException;

    default void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /** Enters a call: when it may wait, an interrupt of the thread closes the channel from here on, be it one that came before. */
    default void enter(boolean blocking) {
        if (blocking) {
            beginBlocking();
        }
    }

    /** Leaves a call: throws what belongs to an interrupt or a close that ended it, instead of what the socket layer threw. */
    default void leave(boolean blocking, boolean completed) throws AsynchronousCloseException {
        if (!blocking) {
            return;
        }
        if (!completed && isOpen() && Thread.currentThread().isInterrupted()) {
            // The interrupt woke the socket layer's wait before it came to this channel: to begin again is to be closed
            // by it.
            beginBlocking();
        }
        endBlocking(completed);
    }
}
