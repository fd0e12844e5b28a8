package org.machbed.server.unix;

/** What a descriptor names (struct file). Guarded by {@link Spl#NET}. */
sealed interface BsdFile permits BsdSocket, BsdReadinessSet, BsdSessionMemory {
    /** Closes it, once; whoever sleeps on it finds it closed. */
    void close(long nowNs);
}
