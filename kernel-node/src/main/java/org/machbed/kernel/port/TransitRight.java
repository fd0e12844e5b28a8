package org.machbed.kernel.port;

/**
 * A right that a message owns. A right whose port dies on the way is received as a dead name.
 *
 * @param port the port
 * @param type which right
 */
record TransitRight(Port port, Type type) {
    /** No right at all. */
    static final TransitRight NULL = new TransitRight(deadPort(), Type.SEND);

    /** A right that was dead when it was sent. */
    static final TransitRight DEAD = new TransitRight(deadPort(), Type.SEND);

    private static Port deadPort() {
        Port port = new Port(1);
        port.dead = true;
        return port;
    }

    enum Type {
        SEND,
        SEND_ONCE,
        RECEIVE
    }
}
