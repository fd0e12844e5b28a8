/** Tests of keyed random numbers. */
@NullMarked
package org.machbed.netstack.random;

import org.jspecify.annotations.NullMarked;
