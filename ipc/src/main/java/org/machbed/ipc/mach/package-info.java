/**
 * The task's side of Mach messages: ports named in the task's own name space, rights that travel in messages, out-of-line
 * memory. Runs in every process that is a task; kernel-node has the other side.
 */
@NullMarked
package org.machbed.ipc.mach;

import org.jspecify.annotations.NullMarked;
