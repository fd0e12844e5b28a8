/** Memory, futexes and scheduling that two processes of one host share, through the Foreign Function &amp; Memory API. Linux only. */
@NullMarked
package org.machbed.ipc.memory;

import org.jspecify.annotations.NullMarked;
