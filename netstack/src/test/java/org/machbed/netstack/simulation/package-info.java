@NullMarked
package org.machbed.netstack.simulation;

import org.jspecify.annotations.NullMarked;
