/** The protocol's side of a window of shared memory between a driver and whoever runs protocols. Free of threads. */
@NullMarked
package org.machbed.link.window;

import org.jspecify.annotations.NullMarked;
