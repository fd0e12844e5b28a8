/** Tests of bounded memory. */
@NullMarked
package org.machbed.netstack.memory;

import org.jspecify.annotations.NullMarked;
