package org.machbed.ipc.mach;

/**
 * A port right in a message.
 *
 * @param name in the sender's name space when sending, in the receiver's when received
 * @param disposition how it travels; in a received message, a MOVE value that says what is held now
 */
public record PortRight(PortName name, Disposition disposition) {}
