/**
 * Sockets of an application whose sessions move between the Unix server and the protocol library of its process (maeda93): the socket
 * layer that finds a call's session, migration, sets of sockets in both places, the stations of neighbours, the records that
 * outlive the process, and the session window, which is the library's link. Runs in the application's process.
 */
@NullMarked
package org.machbed.client.session;

import org.jspecify.annotations.NullMarked;
