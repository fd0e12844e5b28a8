package org.machbed.client.agent;

import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;

/** What channels throw, as java.net's sockets throw it. */
final class SocketExceptions {
    private SocketExceptions() {}

    static SocketException of(Exception thrown) {
        if (thrown instanceof SocketException known) {
            return known;
        }
        String message = switch (thrown) {
            case ClosedChannelException _ -> "Socket closed";
            case UnsupportedAddressTypeException _ -> "Unsupported address type";
            default -> thrown.getMessage();
        };
        var translated = new SocketException(message == null ? thrown.toString() : message);
        translated.initCause(thrown);
        return translated;
    }
}
