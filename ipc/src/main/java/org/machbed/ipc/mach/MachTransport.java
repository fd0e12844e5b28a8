package org.machbed.ipc.mach;

/** What carries frames between a task and its kernel-node. */
public enum MachTransport {
    /** One gRPC stream over a Unix-domain socket. */
    GRPC,
    /** A pair of Chronicle Queues in shared memory with a doorbell on each side; the gRPC stream only tells who lives. */
    CHRONICLE;
}
