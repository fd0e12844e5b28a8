/**
 * Ports and messages: the name spaces of all tasks of a host, and the relay between them. Runs in kernel-node, on the event
 * loop of the transport that a message came in on.
 */
@NullMarked
package org.machbed.kernel.port;

import org.jspecify.annotations.NullMarked;
