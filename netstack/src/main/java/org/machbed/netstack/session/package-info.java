/**
 * Which session a frame belongs to when protocol sessions live in the libraries of applications (Maeda and Bershad, "Protocol
 * Service Decomposition for High-Performance Networking", SOSP 1993). All sessions of a protocol ask for the same fields of a
 * packet, so that one look into a table finds the session, however many there are, and the fragments of a large datagram
 * follow its first one (Yuhara, Bershad, Maeda and Moss, "Efficient Packet Demultiplexing for Multiple Endpoints and Large
 * Messages", USENIX Winter 1994). And which frames a session may send. Free of I/O, threads and clocks.
 */
@NullMarked
package org.machbed.netstack.session;

import org.jspecify.annotations.NullMarked;
