/**
 * The machine's own network interfaces as wires, on which its kernel is a peer: TAP devices and packet sockets. Linux alone, through
 * the Foreign Function &amp; Memory API. Runs in the process that owns the station.
 *
 * <p>Both are a descriptor from which one call reads one frame and to which one call writes one. They differ in how they come
 * about, and in the offload header before each frame of a packet socket.
 */
@NullMarked
package org.machbed.link.linux;

import org.jspecify.annotations.NullMarked;
