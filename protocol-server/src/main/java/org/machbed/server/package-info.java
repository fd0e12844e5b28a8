/**
 * The protocol servers of maeda92: the process, its arguments, and what the Unix server and the restructured UDP server have in
 * common. Runs as a process of its own, one for each host, or inside the application (the factory).
 */
@NullMarked
package org.machbed.server;

import org.jspecify.annotations.NullMarked;
