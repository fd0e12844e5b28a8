package org.machbed.client.agent;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;

/** The suite on the JDK's own sockets over loopback: what it states is what they do. */
class JdkSocketsTest extends SocketsContract {
    @Override
    Socket newSocket() {
        return new Socket();
    }

    @Override
    ServerSocket newServerSocket() throws IOException {
        return new ServerSocket();
    }

    @Override
    DatagramSocket newDatagramSocket() throws IOException {
        return new DatagramSocket(null);
    }
}
