/** Tests of the link. */
@NullMarked
package org.machbed.link;

import org.jspecify.annotations.NullMarked;
