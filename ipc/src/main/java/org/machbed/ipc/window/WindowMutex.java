package org.machbed.ipc.window;

/**
 * Mutual exclusion between the two sides, over words of the window. Trying never waits; whoever fails goes to another pool
 * or defers its work.
 */
interface WindowMutex {
    boolean tryLock(WindowSide side);

    void unlock(WindowSide side);
}
