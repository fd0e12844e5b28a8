package org.machbed.netstack.tcp;

/** Keeps a record of a connection up to date, from which it can be taken up again when its stack is gone. */
@FunctionalInterface
public interface ConnectionRecorder {
    /** Something of the connection has changed since the last time; it may be over, or away. */
    void record(TcpConnection connection, long nowNs);
}
