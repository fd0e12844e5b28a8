/** Numbers that strangers cannot guess, from a seed. Free of I/O, threads and clocks. */
@NullMarked
package org.machbed.netstack.random;

import org.jspecify.annotations.NullMarked;
