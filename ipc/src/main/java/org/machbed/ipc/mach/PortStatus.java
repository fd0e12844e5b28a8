package org.machbed.ipc.mach;

import java.util.Set;

/**
 * What a name denotes.
 *
 * @param rights kinds of rights under the name
 * @param references user references of the send right, send-once right or dead name
 * @param queued messages in the queue of a receive right
 * @param queueLimit messages that the queue holds before senders wait
 */
public record PortStatus(Set<RightType> rights, int references, int queued, int queueLimit) {}
