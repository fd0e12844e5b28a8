package org.machbed.netstack.tcp;

/** A plain list of SACK blocks: left, right, left, right... */
final class Blocks implements SackBlocks {
    static final Blocks NONE = new Blocks();

    private final int[] edges;

    Blocks(int... edges) {
        this.edges = edges;
    }

    @Override
    public int sackBlocks() {
        return edges.length / 2;
    }

    @Override
    public int sackLeft(int index) {
        return edges[2 * index];
    }

    @Override
    public int sackRight(int index) {
        return edges[2 * index + 1];
    }
}
