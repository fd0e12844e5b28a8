package org.machbed.client.channel;

import java.nio.channels.spi.SelectorProvider;

/** The suite on the JDK's own channels over loopback: what it states is what they do. */
class JdkDatagramChannelTest extends DatagramChannelContract {
    @Override
    protected Ends openEnds() {
        SelectorProvider jdk = SelectorProvider.provider();
        return new Ends(jdk, "127.0.0.1", jdk, "127.0.0.1");
    }
}
