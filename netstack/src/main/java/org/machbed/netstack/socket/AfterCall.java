package org.machbed.netstack.socket;

/** Lets the stack take in what a socket call sent to this host itself. */
@FunctionalInterface
public interface AfterCall {
    void run(long nowNs);
}
