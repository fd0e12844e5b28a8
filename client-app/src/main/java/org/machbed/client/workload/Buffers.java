package org.machbed.client.workload;

/** Whose memory a workload's messages are in. */
public enum Buffers {
    /** The application's, from and to which a channel's own methods copy. */
    COPIED,
    /** The protocol library's, lent by {@link org.machbed.client.channel.LendingChannels}. */
    LENT
}
