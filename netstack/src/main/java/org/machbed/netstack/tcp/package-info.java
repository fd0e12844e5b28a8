/**
 * The Transmission Control Protocol (RFC 9293) and what the years added to it. {@link org.machbed.netstack.tcp.TcpLayer} finds a
 * segment's connection or listener; {@link org.machbed.netstack.tcp.TcpConnection} is the transmission control block and owns
 * the small parts that do one thing each; {@link org.machbed.netstack.tcp.TcpState} says what every state makes of every event.
 * docs/tcp.md walks through it. Free of I/O, threads and clocks.
 */
@NullMarked
package org.machbed.netstack.tcp;

import org.jspecify.annotations.NullMarked;
