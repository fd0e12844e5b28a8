/** The node. Runs in a process of its own, in a container its first one. */
@NullMarked
package org.machbed.testbed.node.server;

import org.jspecify.annotations.NullMarked;
