/**
 * The protocol library: frames, calls and the time come in, frames and events go out. It does no I/O, starts no thread and
 * reads no clock, so the same code runs in the kernel, in a server, in an application and in a deterministic simulation.
 *
 * <p>The folders are the layers, each knowing only those below it:
 *
 * <pre>
 *   socket    what an application asks for            {@code UdpSockets, UdpSocket, TcpSockets, TcpSocket}
 *   tcp       RFC 9293 and what came after            {@code TcpLayer, TcpConnection}
 *   udp       RFC 768                                 {@code UdpLayer}
 *   icmp      RFC 792                                 {@code IcmpLayer}
 *   ipv4      RFC 791: routes, fragments, dispatch    {@code Ipv4Input, Ipv4Output}
 *   arp       RFC 826                                 {@code ArpLayer}
 *   ethernet  Ethernet II framing                     {@code EthernetHeader}
 *   link      the way out                             {@code FrameOutput}
 * </pre>
 *
 * {@link org.machbed.netstack.NetworkStack} puts them together. Values and tools that every layer uses (addresses,
 * checksum, counters) lie in this package.
 *
 * <p>Not there: IP multicast reception, hearing our own broadcasts, IP options beyond skipping them, forwarding, ICMP
 * redirects and timestamps, IPv6, 802.1Q and 802.3/LLC framing.
 */
@NullMarked
package org.machbed.netstack;

import org.jspecify.annotations.NullMarked;
