/** Suites: rows of several workloads and the bounds that they are to keep, as data. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.suite;

import org.jspecify.annotations.NullMarked;
