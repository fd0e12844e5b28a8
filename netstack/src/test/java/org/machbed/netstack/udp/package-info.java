/** Tests of UDP. */
@NullMarked
package org.machbed.netstack.udp;

import org.jspecify.annotations.NullMarked;
