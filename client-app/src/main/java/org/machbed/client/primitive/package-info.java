/**
 * The operations that everything else is made of, each alone: what a trap, a message, a copy or one traversal of the stack costs on
 * this machine. Real mechanisms, the same classes as in the topologies. Runs in client-app; those that cross a process have a side
 * in each of two.
 */
@NullMarked
package org.machbed.client.primitive;

import org.jspecify.annotations.NullMarked;
