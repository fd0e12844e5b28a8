package org.machbed.testbed.topology;

/** Where two components meet. The stack reaches the driver directly; frames come back through the demultiplexer. */
public enum Edge implements Named {
    APP_SOCKETS(Component.APP, Component.SOCKETS),
    SOCKETS_STACK(Component.SOCKETS, Component.STACK),
    STACK_DRIVER(Component.STACK, Component.DRIVER),
    DRIVER_DEMUX(Component.DRIVER, Component.DEMUX),
    DEMUX_STACK(Component.DEMUX, Component.STACK);

    private final Component from;
    private final Component to;

    Edge(Component from, Component to) {
        this.from = from;
        this.to = to;
    }

    public Component from() {
        return from;
    }

    public Component to() {
        return to;
    }
}
