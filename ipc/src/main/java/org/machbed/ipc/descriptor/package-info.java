/**
 * Numbers by which one domain names what another holds for it: sockets, open devices, windows ({@link
 * org.machbed.ipc.descriptor.DescriptorTable}, which runs in the domain that holds); and open files that the machine's own kernel knows,
 * handed from one process to another ({@link org.machbed.ipc.descriptor.DescriptorOffer}).
 */
@NullMarked
package org.machbed.ipc.descriptor;

import org.jspecify.annotations.NullMarked;
