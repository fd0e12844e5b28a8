/** The application's process: opens a binding to its sockets, and runs workloads and primitives as the launcher commands. */
@NullMarked
package org.machbed.client;

import org.jspecify.annotations.NullMarked;
