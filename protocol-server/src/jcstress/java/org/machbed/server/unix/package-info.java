/** Stress tests of the Unix server's spl and sleep queues; they run with {@code -Pjcstress}. */
@NullMarked
package org.machbed.server.unix;

import org.jspecify.annotations.NullMarked;
