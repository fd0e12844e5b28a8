/** Tests of ICMP. */
@NullMarked
package org.machbed.netstack.icmp;

import org.jspecify.annotations.NullMarked;
