package org.machbed.server;

import org.machbed.server.ServerArguments.ServerKind;

/** {@link SocketServiceContract} on this server. */
class UnixServerTest extends SocketServiceContract {
    UnixServerTest() {
        super(ServerKind.UNIX);
    }
}
