/**
 * The lowest layer of both servers: how a frame gets from the stack to the driver and back, by messages, traps, a shared-memory
 * window, or a driver within the process. Platform threads of the servers call it; nothing above it knows which binding is there.
 */
@NullMarked
package org.machbed.server.driver;

import org.jspecify.annotations.NullMarked;
