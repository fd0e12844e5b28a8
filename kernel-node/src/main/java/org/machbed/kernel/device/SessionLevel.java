package org.machbed.kernel.device;

import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.SendRight;
import org.machbed.link.DriverTimer;
import org.machbed.link.FrameHandler;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.netstack.session.OutgoingCheck;
import org.machbed.netstack.session.SessionConsumer;
import org.machbed.netstack.session.SessionCounter;
import org.machbed.netstack.session.SessionCounters;
import org.machbed.netstack.session.SessionException;
import org.machbed.netstack.session.SessionTable;
import org.machbed.netstack.session.SessionTemplate;
import org.machbed.proto.device.DeviceCall;
import org.machbed.proto.device.DeviceMapRequest;
import org.machbed.proto.device.SessionEvent;

/**
 * The session level, between the device and the family level of a host whose sessions may be in libraries of applications: a frame
 * of a session that an application has goes to that one's window, and all others go on to the families. The device's input lock is held
 * while a turn of frames goes its way in, and while one of a window's OUT queue is sent, so that a session changes hands between two
 * turns. In the order of locks it comes after the kernel lock and before those of ports.
 */
final class SessionLevel implements FrameHandler, DriverTimer {
    static final int MAX_WINDOWS = 64;

    /** As many as a server has sockets; all windows together have room for what the table holds. */
    static final int MAX_SESSIONS_OF_A_WINDOW = 4_096;

    /** An owner that has taken nothing for so long has stalled, ns; it is noticed after no more than twice that. */
    static final long STALL_NS = 1_000_000_000L;

    private final NetworkDevice device;
    private final FamilyLevel families;
    private final ReentrantLock lock;
    private final SessionCounters in = new SessionCounters();
    private final SessionCounters out = new SessionCounters();
    private final SessionTable<SessionWindow> table =
            new SessionTable<>(new KeyedRandom(new SecureRandom().nextLong()), in);
    private final OutgoingCheck check;
    private final SessionConsumer<SessionWindow> delivery = this::deliver;
    private final Map<Long, SessionWindow> windows = new LinkedHashMap<>();

    /** Places taken by windows that are being made. */
    private int opening;

    private long lastNumber;
    private @Nullable SendRight server;

    /** Windows that are gone and keep their place until the server's port has had room to be told. */
    private final Deque<SessionEvent> untold = new ArrayDeque<>();

    /** When the first frame of this turn came; only the interrupt thread uses it, as the next one. */
    private long turnNs;

    /** Frames of sessions in this turn, which are counted at its end. */
    private long framesOfTurn;

    /** When to look for stalled windows and at what is untold; written under the lock. */
    private volatile long checkNs = Long.MAX_VALUE;

    SessionLevel(NetworkDevice device, FamilyLevel families) {
        this.device = device;
        this.families = families;
        this.lock = device.inputLock();
        this.check = new OutgoingCheck(device.address().bits(), out);
    }

    @Override
    public void onFrame(MemorySegment memory, long offset, int lengthBytes) {
        if (!lock.isHeldByCurrentThread()) {
            lock.lock();
            turnNs = System.nanoTime();
        }
        if (table.size() == 0 || !isOfSession(memory, offset, lengthBytes)) {
            families.onFrame(memory, offset, lengthBytes);
        }
    }

    private boolean isOfSession(MemorySegment memory, long offset, int lengthBytes) {
        SessionCounter fate = table.match(memory, offset, lengthBytes, turnNs, delivery);
        return switch (fate) {
            case DELIVERED, FRAGMENT_DELIVERED -> {
                framesOfTurn++;
                yield true;
            }
            case SESSION_GONE -> {
                // The datagram's first fragment went to a window: the others are of no use to anybody else.
                framesOfTurn++;
                device.drop(DropReason.SESSION_GONE);
                yield true;
            }
            default -> false;
        };
    }

    private void deliver(SessionWindow window, MemorySegment memory, long offset, int lengthBytes) {
        window.deliver(memory, offset, lengthBytes);
        if (checkNs == Long.MAX_VALUE) {
            checkNs = turnNs + STALL_NS;
        }
    }

    /** The frames of a turn are through. */
    void endOfTurn() {
        if (!lock.isHeldByCurrentThread()) {
            return;
        }
        lock.unlock();
        device.crossings().countExclusively(Crossing.FRAMES_RECEIVED, framesOfTurn);
        framesOfTurn = 0;
    }

    /** What a window's owner sends, for which the input lock is held for a turn of its OUT queue, and the time is read once. */
    private final class WindowGuard implements OutgoingGuard {
        private final SessionWindow window;
        private long beganNs;

        WindowGuard(SessionWindow window) {
            this.window = window;
        }

        @Override
        public void begin() {
            lock.lock();
            beganNs = System.nanoTime();
        }

        @Override
        public boolean admits(MemorySegment memory, long offset, int lengthBytes) {
            SessionCounter refusal = check.refusal(table, window, memory, offset, lengthBytes, beganNs);
            if (refusal != null) {
                device.drop(DropReason.OUTGOING_REFUSED);
            }
            return refusal == null;
        }

        @Override
        public void end() {
            lock.unlock();
        }
    }

    /**
     * Makes a window for a task, which has none yet.
     *
     * @throws DeviceException when it has one, the request makes no sense, or there is no room
     */
    SessionWindow open(HostDirectory host, DeviceMapRequest request, int task) throws DeviceException {
        WindowShape shape = WindowShape.ofSessions(request, device.maximumFrameBytes());
        long number = takePlace();
        try {
            KernelWindow window = KernelWindow.make(device, host, shape);
            return enter(new SessionWindow(number, task, window));
        } finally {
            leavePlace();
        }
    }

    private void leavePlace() {
        lock.lock();
        try {
            opening--;
        } finally {
            lock.unlock();
        }
    }

    private long takePlace() throws DeviceException {
        lock.lock();
        try {
            if (windows.size() + opening + untold.size() >= MAX_WINDOWS) {
                throw new DeviceException(
                        DeviceError.NO_MEMORY, "the host has " + MAX_WINDOWS + " session windows already");
            }
            opening++;
            return ++lastNumber;
        } finally {
            lock.unlock();
        }
    }

    private SessionWindow enter(SessionWindow made) throws DeviceException {
        made.window().guard(new WindowGuard(made));
        boolean entered = false;
        lock.lock();
        try {
            if (windows.values().stream().noneMatch(window -> window.task() == made.task())) {
                windows.put(made.number(), made);
                entered = true;
            }
        } finally {
            lock.unlock();
        }
        if (!entered) {
            made.window().close();
            throw new DeviceException(DeviceError.ALREADY_OPEN, "the task has a session window already");
        }
        return made;
    }

    /** Gives a window's sessions back to the server, tells it, and unmaps the window; a second close is ignored. */
    void close(SessionWindow window) {
        lock.lock();
        try {
            if (window.isClosed) {
                return;
            }
            window.isClosed = true;
            windows.remove(window.number());
            int sessions = window.sessions.size();
            takeSessions(window);
            if (server != null) {
                untold.add(SessionEvent.newBuilder()
                        .setWhat(SessionEvent.What.GONE)
                        .setWindow(window.number())
                        .setSessions(sessions)
                        .build());
                tell();
            }
        } finally {
            lock.unlock();
        }
        window.window().close();
    }

    private void takeSessions(SessionWindow window) {
        window.sessions.forEach(template -> table.remove(template, window));
        window.sessions.clear();
    }

    /** Tells what is untold, in order, as far as the server's port has room; the rest later. */
    private void tell() {
        while (!untold.isEmpty() && send(untold.getFirst())) {
            untold.removeFirst();
        }
        if (!untold.isEmpty() && checkNs == Long.MAX_VALUE) {
            checkNs = System.nanoTime() + STALL_NS;
            device.wakeUp();
        }
    }

    /** Whether the server has been told, or there is none to tell. */
    private boolean send(SessionEvent event) {
        SendRight right = server;
        return right == null || right.send(DeviceCall.SESSION_EVENT, event.toByteString()) || right.isDead();
    }

    /** The server has opened the device, and wants to be told of events at {@code right}, if there is one. */
    void owned(@Nullable SendRight right) {
        lock.lock();
        try {
            server = right;
        } finally {
            lock.unlock();
        }
    }

    /** The server has closed the device, or died: what it had said is no longer so. */
    void disowned() {
        SendRight right;
        lock.lock();
        try {
            windows.values().forEach(this::takeSessions);
            untold.clear();
            right = server;
            server = null;
        } finally {
            lock.unlock();
        }
        if (right != null) {
            right.release();
        }
    }

    /**
     * Whose a session is and was, by number, 0 for the server.
     *
     * @param framesBefore frames ever put on the IN queue of the window that had it before, or of the server's window for IPv4
     */
    record Change(long window, long windowBefore, long framesBefore) {}

    /**
     * Gives a session to a window, or with {@code null} back to the server, between two turns.
     *
     * @param expected number of who must have it now, 0 for the server; empty for whoever has it
     * @throws DeviceException when somebody else has it, the window is gone, or there is no room; nothing is changed then
     */
    Change setSession(SessionTemplate template, @Nullable SessionWindow window, OptionalLong expected)
            throws DeviceException {
        lock.lock();
        try {
            SessionWindow present = table.target(template);
            long before = present == null ? 0 : present.number();
            if (expected.isPresent() && expected.getAsLong() != before) {
                throw new DeviceException(
                        DeviceError.ALREADY_OPEN,
                        "the session " + template + " is " + name(before) + ", not " + name(expected.getAsLong()));
            }
            change(template, present, window);
            return new Change(window == null ? 0 : window.number(), before, framesPut(present));
        } finally {
            lock.unlock();
        }
    }

    private static String name(long window) {
        return window == 0 ? "the server's" : "that of window " + window;
    }

    private void change(SessionTemplate template, @Nullable SessionWindow from, @Nullable SessionWindow to)
            throws DeviceException {
        if (to != null) {
            requireRoom(to, template);
            if (from == null) {
                add(template, to);
            } else {
                table.replace(template, from, to);
                from.sessions.remove(template);
            }
            to.sessions.add(template);
        } else if (from != null) {
            table.remove(template, from);
            from.sessions.remove(template);
        }
    }

    private static void requireRoom(SessionWindow window, SessionTemplate template) throws DeviceException {
        if (window.isClosed) {
            throw new DeviceException(DeviceError.NO_SUCH_DEVICE, "window " + window.number() + " is gone");
        }
        if (window.sessions.size() >= MAX_SESSIONS_OF_A_WINDOW && !window.sessions.contains(template)) {
            throw new DeviceException(
                    DeviceError.NO_MEMORY,
                    "window " + window.number() + " has " + MAX_SESSIONS_OF_A_WINDOW + " sessions already");
        }
    }

    private void add(SessionTemplate template, SessionWindow window) throws DeviceException {
        try {
            table.add(template, window);
        } catch (SessionException e) {
            throw new DeviceException(DeviceError.NO_MEMORY, String.valueOf(e.getMessage()));
        }
    }

    private long framesPut(@Nullable SessionWindow window) {
        return window == null
                ? families.framesPut(FamilyChecks.TYPE_IPV4)
                : window.window().framesIn();
    }

    @Override
    public long nextDeadlineNs() {
        return checkNs;
    }

    /** Looks for windows whose owners have stalled, and tells the server what it has not been told. */
    @Override
    public void onTimer(long nowNs) {
        lock.lock();
        try {
            checkNs = Long.MAX_VALUE;
            tell();
            boolean again = !untold.isEmpty();
            List<SessionWindow> open = new ArrayList<>(windows.values());
            for (SessionWindow window : open) {
                if (window.hasStalled() && !send(stalled(window))) {
                    window.stallUntold();
                }
                again |= window.isToBeChecked();
            }
            if (again) {
                checkNs = nowNs + STALL_NS;
            }
        } finally {
            lock.unlock();
        }
    }

    private static SessionEvent stalled(SessionWindow window) {
        return SessionEvent.newBuilder()
                .setWhat(SessionEvent.What.STALLED)
                .setWindow(window.number())
                .build();
    }

    void tellCounters(ObjLongConsumer<String> consumer) {
        lock.lock();
        try {
            consumer.accept("session windows", windows.size());
            consumer.accept("sessions", table.size());
            for (SessionCounter counter : SessionCounter.values()) {
                consumer.accept("sessions in " + counter, in.get(counter));
                consumer.accept("sessions out " + counter, out.get(counter));
            }
        } finally {
            lock.unlock();
        }
    }
}
