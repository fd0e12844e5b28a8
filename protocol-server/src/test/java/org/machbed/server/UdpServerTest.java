package org.machbed.server;

import org.machbed.server.ServerArguments.ServerKind;

/** {@link SocketServiceContract} on this server. */
class UdpServerTest extends SocketServiceContract {
    UdpServerTest() {
        super(ServerKind.UDP);
    }
}
