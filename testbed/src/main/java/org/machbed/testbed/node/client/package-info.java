/** A run whose hosts are with nodes. Runs in the launcher. */
@NullMarked
package org.machbed.testbed.node.client;

import org.jspecify.annotations.NullMarked;
