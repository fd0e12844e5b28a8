/** Runs many simulated worlds and keeps what a failed one leaves. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.simulate;

import org.jspecify.annotations.NullMarked;
