/** Two runs side by side, from what they left. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.compare;

import org.jspecify.annotations.NullMarked;
