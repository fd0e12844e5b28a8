/** The primitives of this machine, each measured alone. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.calibrate;

import org.jspecify.annotations.NullMarked;
