/** A paper's tables and claims as data, and what must be measured to answer them. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.paper;

import org.jspecify.annotations.NullMarked;
