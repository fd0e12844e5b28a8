/** Bounded memory for what waits in a stack. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.memory;

import org.jspecify.annotations.NullMarked;
