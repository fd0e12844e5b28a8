/** Claims: rules fixed before measuring, and verdicts computed from ratios with their intervals. Pure arithmetic. */
@NullMarked
package org.machbed.testbed.claim;

import org.jspecify.annotations.NullMarked;
