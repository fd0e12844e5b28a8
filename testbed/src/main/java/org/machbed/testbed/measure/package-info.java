/** Trials, warm-up, rounds, what the machine did meanwhile, and the statistics over rounds. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.measure;

import org.jspecify.annotations.NullMarked;
