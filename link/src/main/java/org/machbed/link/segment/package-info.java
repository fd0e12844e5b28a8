/** An Ethernet segment in memory that stations of one machine share. Runs in the process that owns the station. */
@NullMarked
package org.machbed.link.segment;

import org.jspecify.annotations.NullMarked;
