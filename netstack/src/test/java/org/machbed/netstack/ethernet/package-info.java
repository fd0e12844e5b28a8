/** Tests of Ethernet framing. */
@NullMarked
package org.machbed.netstack.ethernet;

import org.jspecify.annotations.NullMarked;
