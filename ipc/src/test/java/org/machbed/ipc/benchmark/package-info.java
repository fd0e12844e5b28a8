/** Round trips of the primitives between two pinned processes, by hand: see {@link RoundTrips}. Asserts nothing. */
@NullMarked
package org.machbed.ipc.benchmark;

import org.jspecify.annotations.NullMarked;
