/** Tests of the socket layer. */
@NullMarked
package org.machbed.netstack.socket;

import org.jspecify.annotations.NullMarked;
