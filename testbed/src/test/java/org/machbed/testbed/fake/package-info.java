/** Processes that speak the control protocol and do nothing else. Tests only. */
@NullMarked
package org.machbed.testbed.fake;

import org.jspecify.annotations.NullMarked;
