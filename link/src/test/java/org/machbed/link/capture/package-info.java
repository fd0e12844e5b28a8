/** Tests of the link. */
@NullMarked
package org.machbed.link.capture;

import org.jspecify.annotations.NullMarked;
