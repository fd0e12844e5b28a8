/** Tests of the packet filter. */
@NullMarked
package org.machbed.netstack.filter;

import org.jspecify.annotations.NullMarked;
