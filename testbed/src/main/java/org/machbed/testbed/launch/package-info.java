/** Processes of a run: from a topology to command lines, start, health, pinning, stop, and nothing left behind. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.launch;

import org.jspecify.annotations.NullMarked;
