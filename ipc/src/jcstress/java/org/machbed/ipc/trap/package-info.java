/** Stress tests of call gates; they run with {@code -Pjcstress}. */
@NullMarked
package org.machbed.ipc.trap;

import org.jspecify.annotations.NullMarked;
