/** Stress tests of the doorbell; they run with {@code -Pjcstress}. */
@NullMarked
package org.machbed.ipc.doorbell;

import org.jspecify.annotations.NullMarked;
