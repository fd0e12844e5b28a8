/** Tests of measures of time. */
@NullMarked
package org.machbed.netstack.time;

import org.jspecify.annotations.NullMarked;
