/**
 * The Internet Protocol for a host with one interface (RFC 791, RFC 1122 section 3): what comes in is checked, put together and
 * handed to an {@link org.machbed.netstack.ipv4.UpperProtocol}; what goes out is routed, composed in place and cut up. Free of
 * I/O, threads and clocks.
 */
@NullMarked
package org.machbed.netstack.ipv4;

import org.jspecify.annotations.NullMarked;
