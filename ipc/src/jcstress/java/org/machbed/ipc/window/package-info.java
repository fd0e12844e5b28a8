/** Stress tests of windows; they run with {@code -Pjcstress}. */
@NullMarked
package org.machbed.ipc.window;

import org.jspecify.annotations.NullMarked;
