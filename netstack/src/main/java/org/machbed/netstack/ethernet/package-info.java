/** Ethernet II framing: views of headers, and the last step of every frame's way out. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.ethernet;

import org.jspecify.annotations.NullMarked;
