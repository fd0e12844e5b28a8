/** Tests of IPv4. */
@NullMarked
package org.machbed.netstack.ipv4;

import org.jspecify.annotations.NullMarked;
