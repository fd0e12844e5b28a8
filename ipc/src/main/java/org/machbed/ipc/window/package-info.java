/** The shared-memory window of reynolds91 between a driver and a protocol server of one host. */
@NullMarked
package org.machbed.ipc.window;

import org.jspecify.annotations.NullMarked;
