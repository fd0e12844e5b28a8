package org.machbed.netstack.socket;

import java.io.IOException;
import java.util.Map;

/**
 * Opens a socket layer that lives in the application's own process, for topologies whose application reaches its sockets by
 * a procedure call. Found through {@link java.util.ServiceLoader}, so that the application depends on no server.
 */
public interface SocketLayerFactory {
    /** The name that a topology calls it by. */
    String name();

    /**
     * Opens the socket layer and what lies below it.
     *
     * @param arguments the keys and values of the process that it replaces, without leading dashes
     * @throws IllegalArgumentException for an unknown key or a malformed value, naming it
     */
    DatagramSocketLayer open(Map<String, String> arguments) throws IOException;
}
