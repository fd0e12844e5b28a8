/** Tests of congestion control. */
@NullMarked
package org.machbed.netstack.tcp.congestion;

import org.jspecify.annotations.NullMarked;
