/** Tests of the link. */
@NullMarked
package org.machbed.link.segment;

import org.jspecify.annotations.NullMarked;
