/**
 * The wires between hosts: what a station sees of a link, what a link may be asked for, and the driver on it. Runs wherever a
 * stack's lowest level does: in kernel-node, or in a server that maps the device.
 */
@NullMarked
package org.machbed.link;

import org.jspecify.annotations.NullMarked;
