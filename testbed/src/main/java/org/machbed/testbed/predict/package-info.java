/** What a round trip should cost: counts times primitives, as maeda92 section 2.2 has it. Pure arithmetic. */
@NullMarked
package org.machbed.testbed.predict;

import org.jspecify.annotations.NullMarked;
