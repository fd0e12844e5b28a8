package org.machbed.link;

import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * A station's attachment to a link. It gets every frame for it or for a group, and perhaps, as on a hub, some for others: which of
 * them a host wants, its driver decides ({@link EtherDriver}).
 *
 * <p>Threads: one at a time receives ({@link #await}, {@link #poll}); one at a time sends ({@link #allocate}, {@link #transmit},
 * {@link #transmitMore}, {@link #flush}, {@link #release}), which several threads of a host arrange by a lock of their own. Receiving and sending need no
 * lock between them. {@link #wakeUp} and {@link #counters} are for any thread. {@link #close} comes after all others have ended.
 *
 * <p>A frame shorter than {@link #MINIMUM_FRAME_BYTES} is padded with zero bytes as it is sent.
 */
public interface LinkEnd extends FrameOutput, FrameLoans, AutoCloseable {
    /** Two addresses and a type (RFC 894). */
    int HEADER_BYTES = 14;

    /** The shortest Ethernet frame, without the 4 bytes of frame check sequence (IEEE 802.3 clause 3.2.7). */
    int MINIMUM_FRAME_BYTES = 60;

    /** The largest MTU of any link: what the length of an IPv4 packet can say. */
    int MAXIMUM_MTU_BYTES = 65_535;

    /** No end to a wait. */
    long FOREVER = Long.MAX_VALUE;

    /** This station's address. */
    MacAddress address();

    /** The most bytes that a frame carries after its Ethernet header. */
    int mtuBytes();

    /**
     * Waits until a frame may be there, {@link #wakeUp} was called, or the time is over. Blocks; {@link PollingLink}
     * alone polls before it does.
     *
     * @param timeoutNs 0 or less does not wait, {@link #FOREVER} waits without end
     * @return false when the time was over and no frame is there; true may be said too often, never too seldom
     */
    boolean await(long timeoutNs);

    /**
     * Hands frames that have arrived to {@code handler}, and does what else has become due on this link.
     *
     * @param budget the most frames to hand over
     * @return frames handed over
     */
    int poll(FrameHandler handler, int budget);

    /**
     * Has {@link #await} return as well while {@code doorbell} has rings that nobody has taken, so that one thread serves the
     * link and whatever rings there. It takes none of them. Before the first {@link #await}; once.
     *
     * @return whether this link does so from now on; one that waits on a file descriptor cannot, nor can any on a machine
     *     without {@link Doorbell#canAwaitEither}
     */
    default boolean awaitAlso(Doorbell doorbell) {
        return false;
    }

    /**
     * Sends a frame as {@link #transmit} does where others follow at once: whoever receives sees it, but if it waits it may be started for
     * all of them together, by {@link #flush} or a {@link #transmit}, one of which must follow.
     */
    default void transmitMore(FrameBuffer frame) {
        transmit(frame);
    }

    /** Ends what {@link #transmitMore} began. */
    default void flush() {}

    /** For how many outgoing frames at a time {@link #lendRoom} lends room at most: 0 where it lends none. */
    default int roomsToLend() {
        return 0;
    }

    /**
     * Lends room for an outgoing frame of full length beyond the call, for an application that composes in it, until {@link #transmit} or
     * {@link #release}. Other rooms are allocated meanwhile. Threads as for {@link #allocate}.
     *
     * @param room a mark of the caller's own, filled in here
     * @return {@code false} when no more can be spared now
     */
    default boolean lendRoom(FrameBuffer room) {
        return false;
    }

    /** Makes the {@link #await} under way, or else the next one, return. */
    void wakeUp();

    LinkCounters counters();

    /** Leaves the link. */
    @Override
    void close();
}
