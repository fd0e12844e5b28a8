/**
 * Buffers that a socket layer lends to its application instead of copying to and from the application's own (maeda93 section 3): what
 * a binding has beside its sockets, and what stands behind a buffer on loan. The application sees
 * {@link org.machbed.client.channel.LendingChannels}. Runs in the application's process.
 */
@NullMarked
package org.machbed.client.lending;

import org.jspecify.annotations.NullMarked;
