/** Variables written into memory and read back, each checked: how what a stack knows becomes a value. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.state;

import org.jspecify.annotations.NullMarked;
