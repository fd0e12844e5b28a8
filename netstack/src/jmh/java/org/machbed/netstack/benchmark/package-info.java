/** What the protocol library costs, free of any system around it. */
@NullMarked
package org.machbed.netstack.benchmark;

import org.jspecify.annotations.NullMarked;
