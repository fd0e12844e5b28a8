package org.machbed.netstack.ipv4;

import org.jspecify.annotations.Nullable;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;

/**
 * Puts datagrams together (RFC 791 section 3.2, RFC 1122 section 3.3.2). At most {@link #CAPACITY} at once, of at most 64 KiB
 * each; a newer one takes the place of the oldest. A fragment that contradicts an earlier one costs the whole datagram: nothing
 * honest overlaps (RFC 1858 and RFC 3128 tell what dishonest overlaps are for).
 */
final class Reassembler {
    static final int CAPACITY = 16;

    /** RFC 1122 section 3.3.2: a fixed time, recommended between 60 and 120 seconds. */
    static final long TIME_LIMIT_NS = 60_000_000_000L;

    private final StackCounters counters;
    private final ErrorReporter errors;

    /** The datagrams under way, oldest first, then the unused ones; those not allocated yet are null. */
    private final @Nullable PartialDatagram[] partial = new PartialDatagram[CAPACITY];

    private int size;
    private final Ipv4Header view = new Ipv4Header();
    private boolean wholeWasGroup;

    Reassembler(StackCounters counters, ErrorReporter errors) {
        this.counters = counters;
        this.errors = errors;
    }

    /**
     * Takes a fragment.
     *
     * @return the whole datagram when it was the last one missing, valid until the next call; else {@code null}
     */
    @Nullable
    Ipv4Header add(Ipv4Header fragment, boolean group, long nowNs) {
        counters.count(StackCounter.IPV4_FRAGMENTS_RECEIVED);
        int length = fragment.dataBytes();
        int end = fragment.fragmentOffsetBytes() + length;
        if (length == 0
                || (fragment.moreFragments() && length % 8 != 0)
                || end + fragment.headerBytes() > Ipv4Header.MAXIMUM_PACKET_BYTES) {
            counters.count(StackCounter.DROP_IPV4_FRAGMENT_MALFORMED);
            return null;
        }
        int index = indexOf(fragment);
        PartialDatagram datagram = index >= 0 ? at(index) : start(fragment, nowNs);
        datagram.group |= group;
        return switch (datagram.add(fragment)) {
            case TAKEN -> null;
            case DUPLICATE -> refuse(StackCounter.DROP_IPV4_FRAGMENT_DUPLICATE);
            case OVERLAP -> {
                end(datagram);
                yield refuse(StackCounter.DROP_IPV4_FRAGMENT_OVERLAP);
            }
            case WHOLE -> {
                end(datagram);
                if (!datagram.viewWhole(view)) {
                    yield refuse(StackCounter.DROP_IPV4_FRAGMENT_MALFORMED);
                }
                counters.count(StackCounter.IPV4_REASSEMBLED);
                wholeWasGroup = datagram.group;
                yield view;
            }
        };
    }

    /** Whether a fragment of the datagram that {@link #add} just answered came to several hosts. */
    boolean wholeWasGroup() {
        return wholeWasGroup;
    }

    private @Nullable Ipv4Header refuse(StackCounter reason) {
        counters.count(reason);
        return null;
    }

    private int indexOf(Ipv4Header fragment) {
        for (int i = 0; i < size; i++) {
            if (at(i).isOf(fragment)) {
                return i;
            }
        }
        return -1;
    }

    private PartialDatagram at(int index) {
        PartialDatagram datagram = partial[index];
        if (datagram == null) {
            datagram = new PartialDatagram();
            partial[index] = datagram;
        }
        return datagram;
    }

    private PartialDatagram start(Ipv4Header fragment, long nowNs) {
        if (size == CAPACITY) {
            counters.count(StackCounter.DROP_IPV4_REASSEMBLY_FULL);
            end(at(0));
        }
        PartialDatagram datagram = at(size++);
        datagram.start(fragment, nowNs + TIME_LIMIT_NS);
        return datagram;
    }

    /** Takes a datagram out of those under way; its memory stays as it is until another one starts. */
    private void end(PartialDatagram datagram) {
        int index = 0;
        while (partial[index] != datagram) {
            index++;
        }
        size--;
        for (; index < size; index++) {
            partial[index] = partial[index + 1];
        }
        partial[size] = datagram;
    }

    /** Gives up what is overdue, and says so to the source when the first fragment came (RFC 792, time exceeded, code 1). */
    void onTimer(long nowNs) {
        while (nowNs >= nextDeadlineNs()) {
            PartialDatagram datagram = at(0);
            end(datagram);
            counters.count(StackCounter.DROP_IPV4_REASSEMBLY_TIMEOUT);
            if (datagram.hasFirst() && datagram.viewFirst(view)) {
                errors.reassemblyTimeExceeded(view, datagram.group, nowNs);
            }
        }
    }

    long nextDeadlineNs() {
        return size == 0 ? Long.MAX_VALUE : at(0).deadlineNs;
    }

    int size() {
        return size;
    }
}
