/** What lies under the stack: buffers for frames and the way out. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.link;

import org.jspecify.annotations.NullMarked;
