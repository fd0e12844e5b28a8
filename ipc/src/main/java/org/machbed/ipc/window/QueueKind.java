package org.machbed.ipc.window;

/** What a window's queues are made of. */
public enum QueueKind {
    /** Chronicle Queue files, rolled and deleted as they are used up. */
    CHRONICLE,
    /** The dual sub-queues of reynolds91 under a software mutex; not built yet. */
    SUBQUEUE
}
