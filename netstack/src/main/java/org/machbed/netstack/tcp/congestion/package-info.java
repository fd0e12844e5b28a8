/** How much TCP may have on its way (RFC 5681, RFC 9438). Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
