package org.machbed.client.channel;

import java.nio.channels.spi.SelectorProvider;

/** The suite on the JDK's own selectors over loopback: what it states is what they do. */
class JdkSelectorTest extends SelectorContract {
    @Override
    protected StreamEnds openEnds() {
        SelectorProvider jdk = SelectorProvider.provider();
        return new StreamEnds(jdk, jdk, "127.0.0.1");
    }
}
