/** TCP (RFC 9293). Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.tcp;

import org.jspecify.annotations.NullMarked;
