/** The User Datagram Protocol (RFC 768, RFC 1122 section 4.1). Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.udp;

import org.jspecify.annotations.NullMarked;
