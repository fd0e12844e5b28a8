/** Tests of TCP. */
@NullMarked
package org.machbed.netstack.tcp;

import org.jspecify.annotations.NullMarked;
