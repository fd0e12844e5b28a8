/** The command line. Runs in the launcher only. */
@NullMarked
package org.machbed.testbed.cli;

import org.jspecify.annotations.NullMarked;
