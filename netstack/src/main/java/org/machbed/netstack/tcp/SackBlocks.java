package org.machbed.netstack.tcp;

/** Blocks of the SACK option (RFC 2018 section 3), in the order in which they stand there. */
public interface SackBlocks {
    /** How many there are, 0 to 4. */
    int sackBlocks();

    /** First sequence number of a block. */
    int sackLeft(int index);

    /** The sequence number after the block's last one. */
    int sackRight(int index);
}
