package org.machbed.testbed.claim;

/** Why a claim cannot be judged; its message is a sentence without its full stop. */
final class Obstacle extends Exception {
    private static final long serialVersionUID = 1;

    Obstacle(String because) {
        super(because, null, false, false);
    }
}
