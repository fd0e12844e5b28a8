/** Tests of ARP. */
@NullMarked
package org.machbed.netstack.arp;

import org.jspecify.annotations.NullMarked;
