/** Docker's containers around a run: what the launcher asks of the {@code docker} program. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.docker;

import org.jspecify.annotations.NullMarked;
