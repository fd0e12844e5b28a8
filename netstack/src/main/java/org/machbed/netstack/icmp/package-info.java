/** The Internet Control Message Protocol of a host (RFC 792, RFC 1122 section 3.2.2). Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.icmp;

import org.jspecify.annotations.NullMarked;
