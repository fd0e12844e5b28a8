/** Numbers by which one domain names what another holds for it: sockets, open devices, windows. Runs in the domain that holds. */
@NullMarked
package org.machbed.ipc.descriptor;

import org.jspecify.annotations.NullMarked;
