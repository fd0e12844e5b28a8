/** Measures of time that comes in as an argument. Free of clocks. */
@NullMarked
package org.machbed.netstack.time;

import org.jspecify.annotations.NullMarked;
