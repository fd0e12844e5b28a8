/**
 * The restructured UDP server (maeda92 section 3): sendto and recvfrom as an RPC interface, one copy and one lock on the way of a
 * packet in. Runs in protocol-server, or inside the application for server-to-server rows.
 */
@NullMarked
package org.machbed.server.udp;

import org.jspecify.annotations.NullMarked;
