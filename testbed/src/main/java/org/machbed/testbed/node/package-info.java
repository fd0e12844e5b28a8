/**
 * Nodes: programs that start the processes of one role of one host where that host is, on behalf of a launcher elsewhere. What
 * both sides know is here, the node in {@code server}, the launcher's side in {@code client}.
 */
@NullMarked
package org.machbed.testbed.node;

import org.jspecify.annotations.NullMarked;
