/** Records the frames of a link in a pcapng file. Runs in the process that owns the link's end. */
@NullMarked
package org.machbed.link.capture;

import org.jspecify.annotations.NullMarked;
