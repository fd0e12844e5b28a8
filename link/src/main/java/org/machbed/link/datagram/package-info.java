/** Datagrams that wait for their receiver in the frames of the link that they came in. Runs wherever sockets live beside their link. */
@NullMarked
package org.machbed.link.datagram;

import org.jspecify.annotations.NullMarked;
