/**
 * The device layer in the three levels of the figure in reynolds91: device ({@code org.machbed.link.EtherDriver}), family
 * and hardware-independent, each shedding what it can tell is of no use; and the calls that tasks reach it by. Runs in
 * kernel-node only.
 */
@NullMarked
package org.machbed.kernel.device;

import org.jspecify.annotations.NullMarked;
