package org.machbed.link.linux;

import java.io.IOException;

/** Which interface of the machine a wire is: one by its name, or the one that has an address in a subnet. */
public sealed interface InterfaceChoice permits InterfaceName, Ipv4Subnet {
    /**
     * The interface in the network namespace of the calling thread.
     *
     * @throws IOException when there is none, or more than one, naming what is there
     */
    InterfaceName choose() throws IOException;

    /** As it was written. */
    String text();
}
