/** Frames between two processes through Chronicle Queue, with the flow control that it lacks. Runs in both of them. */
@NullMarked
package org.machbed.ipc.chronicle;

import org.jspecify.annotations.NullMarked;
