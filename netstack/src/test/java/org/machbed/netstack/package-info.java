/** Tests of the protocol library as a whole. */
@NullMarked
package org.machbed.netstack;

import org.jspecify.annotations.NullMarked;
