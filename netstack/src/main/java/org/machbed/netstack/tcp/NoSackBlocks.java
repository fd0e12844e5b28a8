package org.machbed.netstack.tcp;

/** What a segment without the SACK option says. */
enum NoSackBlocks implements SackBlocks {
    INSTANCE;

    @Override
    public int sackBlocks() {
        return 0;
    }

    @Override
    public int sackLeft(int index) {
        throw new IndexOutOfBoundsException(index);
    }

    @Override
    public int sackRight(int index) {
        throw new IndexOutOfBoundsException(index);
    }
}
