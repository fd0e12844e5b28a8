/**
 * Wires that Linux carries: the machine's own network interfaces, on which its kernel is a peer (TAP devices and packet sockets), and
 * UDP datagrams between ends of ours. Linux alone, through the Foreign Function &amp; Memory API. Runs in the process that owns the
 * station.
 *
 * <p>All are a descriptor from which one call takes one frame and to which one call gives one ({@code Attachment}). They differ in how they come about, in the offload header before each frame of a packet socket,
 * and in the peers of a UDP wire.
 */
@NullMarked
package org.machbed.link.linux;

import org.jspecify.annotations.NullMarked;
