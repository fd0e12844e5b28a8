/**
 * The JDK's own channel API over a socket layer: an application written against {@code java.nio.channels} runs on any
 * topology by being given another {@link java.nio.channels.spi.SelectorProvider}. Runs in the application's process; knows no
 * binding.
 *
 * <p>From the top down: {@link SocketView} and its kin are the sockets of java.net, which do nothing themselves; {@link
 * MachbedSocketChannel} and its kin hold the locks and are what is closed and interrupted; {@link ConnectionState} and its kin know
 * addresses, options, and how far a connection is; {@link StreamIo} and {@link DatagramIo} are one socket of a socket layer in the
 * JDK's terms. {@link MachbedSelector} watches the sockets of channels, which it knows as {@link MachbedChannel}s.
 */
@NullMarked
package org.machbed.client.channel;

import org.jspecify.annotations.NullMarked;
