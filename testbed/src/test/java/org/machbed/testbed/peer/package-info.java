/** Hosts that the command line keeps up, with Linux as their peer. */
@NullMarked
package org.machbed.testbed.peer;

import org.jspecify.annotations.NullMarked;
