package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.DriverTimer;
import org.machbed.link.EtherDriver;
import org.machbed.link.FrameHandler;
import org.machbed.link.FrameLoans;
import org.machbed.link.LinkEnd;
import org.machbed.link.WireOutput;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/**
 * The host's network interface: the three levels on the way up, joined, and the write path down. One thread, the interrupt
 * thread, runs {@link #runInterruptLoop}, or a test {@link #interrupt}; every other public method is for any thread.
 */
public final class NetworkDevice {
    /** EtherType of IPv4. */
    public static final int TYPE_IPV4 = FamilyChecks.TYPE_IPV4;

    /** EtherType of ARP. */
    public static final int TYPE_ARP = FamilyChecks.TYPE_ARP;

    private final LinkEnd link;
    private final ReentrantLock kernelLock;

    /**
     * Guards the way in: whose sessions are whose, and windows' IN queues. In the order of locks it comes after the kernel lock. Fair: the
     * interrupt thread, which has it for a turn where there is a session level, would have it again before anyone who waits is awake.
     */
    private final ReentrantLock inputLock = new ReentrantLock(true);

    private final Crossings crossings;
    private final DeviceCounters counters = new DeviceCounters();
    private final WireOutput output;
    private final FilterLevel filters;
    private final FamilyLevel families;
    private final FrameHandler frames;
    private final EtherDriver driver;
    private final CopyOnWriteArrayList<KernelWindow> windows = new CopyOnWriteArrayList<>();

    /** Windows that got frames in this turn; the interrupt thread's. */
    private final ArrayList<KernelWindow> windowsOfTurn = new ArrayList<>();

    private final FilterPorts filterPorts = new FilterPorts(this);
    private final InterruptWork interruptWork;
    private final @Nullable SessionLevel sessions;

    /**
     * A device without sessions in libraries.
     *
     * @see #NetworkDevice(LinkEnd, ReentrantLock, Crossings, boolean)
     */
    public NetworkDevice(LinkEnd link, ReentrantLock kernelLock, Crossings crossings) {
        this(link, kernelLock, crossings, false);
    }

    /**
     * A device on {@code link}, which the caller closes after {@link #stop} and the end of the loop.
     *
     * @param kernelLock guards sending, and whatever else the kernel does on behalf of calls
     * @param hasSessions whether frames may be those of sessions in libraries of applications; then no owner of a family may take
     *     the kernel lock for a frame
     */
    public NetworkDevice(LinkEnd link, ReentrantLock kernelLock, Crossings crossings, boolean hasSessions) {
        this.link = link;
        this.kernelLock = kernelLock;
        this.crossings = crossings;
        output = new WireOutput(link, crossings);
        filters = new FilterLevel(counters, crossings);
        families = new FamilyLevel(filters, counters, crossings);
        sessions = hasSessions ? new SessionLevel(this, families) : null;
        frames = sessions == null ? families : sessions;
        driver = new EtherDriver(link, frames, this::endOfTurn);
        interruptWork = new InterruptWork(kernelLock, windows, sessions);
    }

    public MacAddress address() {
        return link.address();
    }

    public int mtuBytes() {
        return link.mtuBytes();
    }

    /** The longest frame, with its Ethernet header. */
    int maximumFrameBytes() {
        return LinkEnd.HEADER_BYTES + link.mtuBytes();
    }

    /** The lowest level above the driver. */
    FrameHandler frames() {
        return frames;
    }

    /** The session level, {@code null} where no session is in a library. */
    @Nullable
    SessionLevel sessions() {
        return sessions;
    }

    public DeviceCounters counters() {
        return counters;
    }

    /** The way down for an owner of a family in this process; guarded by the kernel lock. */
    public FrameOutput output() {
        return output;
    }

    /** The same for windows, which send trains of frames. */
    WireOutput wire() {
        return output;
    }

    /** For an owner of a family in this process that wants to keep frames. */
    public FrameLoans loans() {
        return link;
    }

    ReentrantLock kernelLock() {
        return kernelLock;
    }

    ReentrantLock inputLock() {
        return inputLock;
    }

    Crossings crossings() {
        return crossings;
    }

    /**
     * Serves interrupts, and the timers of a stack if there is one, on the calling thread until {@link #stop}.
     *
     * @param eachTurn what the thread serves besides, where {@link #awaitAlso} was granted
     */
    public void runInterruptLoop(@Nullable DriverTimer timer, Runnable eachTurn) {
        interruptWork.timer(timer);
        driver.runInterruptLoop(interruptWork, eachTurn);
    }

    /** Has the interrupt loop take a turn for rings of {@code doorbell} too; answers whether the wire can. */
    public boolean awaitAlso(Doorbell doorbell) {
        return link.awaitAlso(doorbell);
    }

    /** Serves what has arrived, without waiting; for tests, which have no interrupt thread. */
    public int interrupt() {
        return driver.interrupt();
    }

    /** Makes the interrupt thread look at its timer again. */
    public void wakeUp() {
        link.wakeUp();
    }

    public void stop() {
        driver.stop();
    }

    /**
     * Sends one frame as it is (device_write): {@code lengthBytes} bytes of {@code source} with the Ethernet header first.
     * One copy, to where the wire has it.
     */
    public DeviceError write(MemorySegment source, long offset, long lengthBytes) {
        if (lengthBytes < LinkEnd.HEADER_BYTES) {
            return refuseWrite(DropReason.WRITE_TOO_SHORT, DeviceError.INVALID_SIZE);
        }
        if (lengthBytes > maximumFrameBytes()) {
            return refuseWrite(DropReason.WRITE_TOO_LONG, DeviceError.INVALID_SIZE);
        }
        kernelLock.lock();
        try {
            FrameBuffer frame = output.allocate((int) lengthBytes);
            if (frame == null) {
                return refuseWrite(DropReason.WIRE_FULL, DeviceError.WOULD_BLOCK);
            }
            copyOrRelease(source, offset, frame, lengthBytes);
            crossings.copy(lengthBytes);
            output.transmit(frame);
            return DeviceError.SUCCESS;
        } finally {
            kernelLock.unlock();
        }
    }

    /**
     * Fills a frame of the wire from memory that its owner may have cut short, which is an {@link InternalError}: the frame must
     * not stay begun then, for the wire would send no other.
     */
    void copyOrRelease(MemorySegment source, long offset, FrameBuffer frame, long lengthBytes) {
        boolean copied = false;
        try {
            MemorySegment.copy(source, offset, frame.memory, frame.offset, lengthBytes);
            copied = true;
        } finally {
            if (!copied) {
                output.release(frame);
            }
        }
    }

    private DeviceError refuseWrite(DropReason reason, DeviceError error) {
        drop(reason);
        return error;
    }

    void drop(DropReason reason) {
        counters.drop(reason);
        crossings.count(Crossing.FRAMES_DROPPED);
    }

    /** Sends {@code destination} the frames that {@code filter} matches, in place of what its filter matched before. */
    public void setFilter(PacketFilter filter, FrameDestination destination) throws DeviceException {
        filters.add(filter, destination);
    }

    public void removeFilter(FrameDestination destination) {
        filters.remove(destination);
    }

    /** The ports of tasks among the filters' destinations. */
    FilterPorts filterPorts() {
        return filterPorts;
    }

    /** Gives families to {@code owner}; all of them or, with an exception, none. */
    public void claimFamilies(FamilyOwner owner, int... etherTypes) throws DeviceException {
        families.claim(owner, etherTypes);
    }

    /** Has the interrupt thread serve a window's OUT queue. */
    void attachWindow(KernelWindow window) {
        windows.add(window);
    }

    void detachWindow(KernelWindow window) {
        windows.remove(window);
        families.disclaim(window);
    }

    /**
     * Has a window's owner started at the end of the turn, once for all its frames. Started at the first one it would run right away on
     * a host of one CPU, in the interrupt thread's place, and be started anew for each of the others. By the interrupt thread, once a
     * turn and window.
     */
    void atEndOfTurn(KernelWindow window) {
        windowsOfTurn.add(window);
    }

    /** The interrupt thread's, after the frames of a turn. */
    void endOfTurn() {
        try {
            if (sessions != null) {
                sessions.endOfTurn();
            }
            windowsOfTurn.forEach(KernelWindow::endOfTurn);
        } finally {
            windowsOfTurn.clear();
        }
    }

    /** Sends what a window's owner has put on its OUT queue; what is over a budget, the interrupt thread sends. */
    void startWindow(KernelWindow window) {
        boolean more;
        kernelLock.lock();
        try {
            more = window.drainOutQueue();
        } finally {
            kernelLock.unlock();
        }
        if (more) {
            interruptWork.drainMore();
            wakeUp();
        }
    }

    /** Tells every counter of the wire, the device level and the levels above. */
    public void tellCounters(ObjLongConsumer<String> consumer) {
        link.counters().snapshot().forEach((counter, value) -> consumer.accept("link " + counter, value));
        driver.counters().snapshot().forEach((counter, value) -> consumer.accept("driver " + counter, value));
        for (DropReason reason : DropReason.values()) {
            consumer.accept("drop " + reason, counters.drops(reason));
        }
        consumer.accept("filters", filters.size());
        consumer.accept("filter reads beyond frame", filters.readsBeyondFrame());
        if (sessions != null) {
            sessions.tellCounters(consumer);
        }
    }
}
