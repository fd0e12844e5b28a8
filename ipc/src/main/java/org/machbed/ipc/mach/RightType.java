package org.machbed.ipc.mach;

/** Kinds of rights under a name (mach_port_right_t); the ordinal is the number on the wire. */
public enum RightType {
    SEND,
    RECEIVE,
    SEND_ONCE,
    PORT_SET,
    DEAD_NAME
}
