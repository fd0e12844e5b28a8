/** Tests of the link. */
@NullMarked
package org.machbed.link.impairment;

import org.jspecify.annotations.NullMarked;
