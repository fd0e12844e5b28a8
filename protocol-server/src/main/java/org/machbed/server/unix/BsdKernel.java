package org.machbed.server.unix;

import org.machbed.ipc.process.Crossings;

/** What all of the Unix server's BSD code stands on. */
record BsdKernel(Spl spl, SleepQueues sleepQueues, MbufPool mbufs, Crossings crossings) {
    /** Mbufs and clusters of one server: as many as the socket buffers may hold in use at a time and no more. */
    private static final int MBUFS = 8192;

    private static final int CLUSTERS = 1024;

    static BsdKernel boot(Crossings crossings) {
        Spl spl = new Spl(crossings);
        return new BsdKernel(spl, new SleepQueues(spl, crossings), new MbufPool(spl, MBUFS, CLUSTERS), crossings);
    }
}
