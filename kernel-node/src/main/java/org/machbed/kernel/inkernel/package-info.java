/**
 * The protocol stack inside the kernel, as in Mach 2.5: driven by the interrupt thread and by socket traps under one kernel
 * lock. Runs in kernel-node only.
 */
@NullMarked
package org.machbed.kernel.inkernel;

import org.jspecify.annotations.NullMarked;
