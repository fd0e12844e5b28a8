/** The socket layer: what an application asks for, whichever process answers. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.socket;

import org.jspecify.annotations.NullMarked;
