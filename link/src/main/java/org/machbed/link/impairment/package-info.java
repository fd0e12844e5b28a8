/** Makes a link lose, duplicate, reorder and corrupt frames, repeatably. Runs in the process that owns the link's end. */
@NullMarked
package org.machbed.link.impairment;

import org.jspecify.annotations.NullMarked;
