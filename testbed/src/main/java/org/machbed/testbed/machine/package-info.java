/** What Linux tells of this machine and of the processes on it. Runs in the launcher and in nodes. */
@NullMarked
package org.machbed.testbed.machine;

import org.jspecify.annotations.NullMarked;
