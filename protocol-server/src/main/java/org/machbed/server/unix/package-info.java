/**
 * The Unix server: BSD's socket layer at user level with the structure that maeda92 section 2.3 measures, simulated {@code spl}
 * and a wired network input thread included. Runs in protocol-server only; its service, netisr and network input threads are
 * platform threads.
 */
@NullMarked
package org.machbed.server.unix;

import org.jspecify.annotations.NullMarked;
