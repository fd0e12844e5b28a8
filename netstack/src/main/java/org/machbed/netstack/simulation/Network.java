package org.machbed.netstack.simulation;

import java.util.ArrayList;
import java.util.List;

/**
 * How the network treats frames. Losses, damage, full links and partitions end when it heals; what delays, reorders and duplicates
 * goes on, since nothing depends on its end.
 *
 * @param loss how likely a frame is lost
 * @param burst how likely the next one is then lost too
 * @param duplication how likely a frame arrives twice
 * @param reordering how likely a frame may be overtaken
 * @param corruption how likely octets of an IPv4 packet are changed, cut off or added
 * @param fullness how likely a link has no room for a frame
 * @param delayNs of every frame
 * @param jitterNs by which that varies, order kept
 * @param reorderNs how late a frame that may be overtaken, or a duplicate, is at most
 * @param bitsPerSecond of every host's link
 * @param queueNs how long a frame waits for its link at most before it is dropped
 * @param healsNs when all is well
 * @param partitions hosts that are cut off for a while
 */
record Network(
        double loss,
        double burst,
        double duplication,
        double reordering,
        double corruption,
        double fullness,
        long delayNs,
        long jitterNs,
        long reorderNs,
        long bitsPerSecond,
        long queueNs,
        long healsNs,
        List<Partition> partitions) {
    private static final long MS = 1_000_000L;
    private static final long LEAST_DELAY_NS = 10_000L;

    /** A host that neither hears nor is heard, or one of both. */
    record Partition(int host, boolean deaf, boolean mute, long fromNs, long toNs) {
        boolean holds(int from, int to, long nowNs) {
            return nowNs >= fromNs && nowNs < toNs && ((mute && from == host) || (deaf && to == host));
        }
    }

    static Network of(Dice dice, int hosts, long startNs, long troubleNs) {
        boolean bad = dice.chance(0.8);
        double trouble = bad ? dice.pick(2, 5, 10, 30) / 100.0 : 0;
        long healsNs = startNs + dice.between(0, troubleNs);
        return new Network(
                dice.upTo(trouble),
                dice.chance(0.3) ? dice.upTo(0.8) : 0,
                dice.upTo(trouble),
                dice.upTo(2 * trouble),
                dice.upTo(trouble / 4),
                dice.chance(0.2) ? dice.upTo(0.2) : 0,
                LEAST_DELAY_NS + dice.skewed(dice.pick(1, 10, 100) * MS),
                dice.chance(0.5) ? dice.skewed(20 * MS) : 0,
                dice.skewed(300 * MS),
                dice.chance(0.5) ? 1_000_000_000_000L : dice.pick(1, 10, 100, 1000) * 1_000_000L,
                dice.between(20 * MS, 400 * MS),
                healsNs,
                bad ? partitions(dice, hosts, startNs, healsNs) : List.of());
    }

    private static List<Partition> partitions(Dice dice, int hosts, long startNs, long healsNs) {
        List<Partition> partitions = new ArrayList<>();
        while (dice.chance(0.3)) {
            long fromNs = dice.between(startNs, healsNs);
            int ways = dice.below(3);
            long toNs = Math.min(healsNs, fromNs + dice.skewed(healsNs - startNs + 1));
            partitions.add(new Partition(dice.below(hosts), ways != 1, ways != 2, fromNs, toNs));
        }
        return partitions;
    }

    boolean isHealed(long nowNs) {
        return nowNs >= healsNs;
    }

    boolean parts(int from, int to, long nowNs) {
        for (Partition partition : partitions) {
            if (partition.holds(from, to, nowNs)) {
                return true;
            }
        }
        return false;
    }
}
