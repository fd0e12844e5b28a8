package org.machbed.kernel.inkernel;

/** What all sockets together may hold of frames that the link wanted back. Guarded by the kernel lock. */
final class RecalledMemory {
    private final int limitBytes;
    private int reservedBytes;

    RecalledMemory(int limitBytes) {
        this.limitBytes = limitBytes;
    }

    boolean reserve(int bytes) {
        if (reservedBytes + bytes > limitBytes) {
            return false;
        }
        reservedBytes += bytes;
        return true;
    }

    void release(int bytes) {
        reservedBytes -= bytes;
    }

    int reservedBytes() {
        return reservedBytes;
    }
}
