/** The Address Resolution Protocol (RFC 826, RFC 1122 section 2.3.2, RFC 5227). Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.arp;

import org.jspecify.annotations.NullMarked;
