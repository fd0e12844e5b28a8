package org.machbed.ipc.window;

/**
 * Mutual exclusion between the two sides, over words of the window. Trying never waits; whoever fails goes to another pool
 * or defers its work. The seam at which the software mutexes of reynolds91 come in, from Peterson's to the one with a semaphore;
 * so far there is only that of the hardware.
 */
interface WindowMutex {
    boolean tryLock(WindowSide side);

    void unlock(WindowSide side);
}
