package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

/** A stack on the wire, with the timer of its driver. */
final class SimulatedHost implements FrameOutput {
    final int number;
    final WorldPlan.HostPlan plan;
    private final World world;
    private final Wire wire;
    private final List<StackCounters> counters = new ArrayList<>();
    private NetworkStack stack;
    private final @Nullable SimulatedLibrary library;
    private int lentFrames;

    SimulatedHost(int number, WorldPlan.HostPlan plan, World world, Wire wire, Dice dice) {
        this.number = number;
        this.plan = plan;
        this.world = world;
        this.wire = wire;
        this.stack = start();
        WorldPlan.Migration migration = plan.migration();
        this.library = migration == null ? null : new SimulatedLibrary(world, this, migration, dice);
    }

    private NetworkStack start() {
        NetworkStack started = new NetworkStack(plan.stack(), this);
        counters.add(started.counters());
        return started;
    }

    NetworkStack stack() {
        return stack;
    }

    /** Of this stack and those before it. */
    List<StackCounters> counters() {
        return counters;
    }

    /** Whether it has dropped packets of its own, since a neighbour did not answer: of those the network saw nothing. */
    boolean hasDroppedUnsent() {
        return counters.stream()
                .anyMatch(of -> of.get(StackCounter.DROP_ARP_UNRESOLVED) > 0
                        || of.get(StackCounter.DROP_ARP_QUEUE_FULL) > 0
                        || of.get(StackCounter.DROP_IPV4_HOST_UNREACHABLE) > 0);
    }

    /** Forgets everything, and starts anew under the same addresses. */
    void crash() {
        stack = start();
    }

    /** Where some of its connections are, {@code null} where all are in the one stack. */
    @Nullable
    SimulatedLibrary library() {
        return library;
    }

    /** A frame arrives. */
    void arrive(MemorySegment memory, int length, long nowNs) {
        if (library == null) {
            stack.onFrame(memory, 0, length, nowNs);
        } else {
            library.arrive(memory, length, nowNs);
        }
    }

    /** When its driver calls the stack's timers next. */
    long nextTimerNs() {
        long deadlineNs = nextDeadlineNs();
        if (deadlineNs == Long.MAX_VALUE || deadlineNs == Long.MIN_VALUE) {
            return deadlineNs;
        }
        return deadlineNs + plan.latenessNs();
    }

    private long nextDeadlineNs() {
        long ofStack = stack.nextDeadlineNs();
        return library == null ? ofStack : Math.min(ofStack, library.nextDeadlineNs());
    }

    /** {@link #nextTimerNs} has come. */
    void onTimer(long nowNs) {
        if (library == null || stack.nextDeadlineNs() <= library.nextDeadlineNs()) {
            stack.onTimer(nowNs);
        } else {
            library.onTimer(nowNs);
        }
    }

    /** Connections of it, wherever they are, frames under way inside it, and migrations. */
    boolean isQuiet() {
        return stack.tcp().connections() == 0 && (library == null || library.isQuiet());
    }

    @Override
    public @Nullable FrameBuffer allocate(int lengthBytes) {
        if (wire.isFull()) {
            return null;
        }
        lentFrames++;
        FrameBuffer frame = new FrameBuffer();
        frame.memory = MemorySegment.ofArray(new byte[lengthBytes]);
        frame.length = lengthBytes;
        return frame;
    }

    @Override
    public void transmit(FrameBuffer frame) {
        lentFrames--;
        wire.send(this, frame.memory, frame.length, world.nowNs());
    }

    @Override
    public void release(FrameBuffer frame) {
        lentFrames--;
    }

    /** What it still has though nobody in it wants anything, or {@code null}. */
    @Nullable
    String leftover() {
        String ofLibrary = library == null ? null : library.leftover();
        return ofLibrary == null ? leftover(stack) : ofLibrary;
    }

    /** The same of one of its stacks. */
    @Nullable
    String leftover(NetworkStack of) {
        var tcp = of.tcp();
        if (lentFrames != 0) {
            return lentFrames + " frames that it neither sent nor gave back";
        }
        if (tcp.openSockets() != 0 || tcp.connections() != 0) {
            return tcp.openSockets() + " sockets and " + tcp.connections() + " connections";
        }
        if (tcp.connectionsWithoutMemory() != 0) {
            return tcp.connectionsWithoutMemory() + " connections that wait for memory";
        }
        if (tcp.runningTimers() != 0 || tcp.bufferBytes() != 0) {
            return tcp.runningTimers() + " timers and " + tcp.bufferBytes() + " octets of buffers";
        }
        if (of.reassembling() != 0 || of.neighbours() > world.hosts().size()) {
            return of.reassembling() + " datagrams in pieces and " + of.neighbours() + " neighbours";
        }
        return null;
    }

    @Override
    public String toString() {
        return "host " + number;
    }
}
