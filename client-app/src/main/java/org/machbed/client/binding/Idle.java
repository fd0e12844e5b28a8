package org.machbed.client.binding;

/** What a thread does that waits for a frame where the application owns the end of its link. */
public enum Idle {
    /** It sleeps at once. */
    BLOCK,
    /** It polls for a while before it sleeps, see {@link org.machbed.link.PollingLink}. */
    SPIN
}
