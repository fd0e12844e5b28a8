/** The kernel process of a host: its main, and the table that sends each trap to its part. Runs in kernel-node only. */
@NullMarked
package org.machbed.kernel;

import org.jspecify.annotations.NullMarked;
