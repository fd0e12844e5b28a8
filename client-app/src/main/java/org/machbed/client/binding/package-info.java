/**
 * The ways from an application to its sockets: traps into the kernel, messages to a server, a call within the process. Each is a
 * {@link org.machbed.netstack.socket.DatagramSocketLayer}; the emulation library is a {@link
 * org.machbed.netstack.socket.StreamSocketLayer} too. Runs in the application's process.
 */
@NullMarked
package org.machbed.client.binding;

import org.jspecify.annotations.NullMarked;
