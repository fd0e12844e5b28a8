package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TAP device (Documentation/networking/tuntap of Linux): an interface whose other end is this process. It is told that its other end
 * can do nothing for it, so the kernel cuts frames to the MTU and finishes their checksums before they come.
 *
 * <p>One that is there already is taken as it stands; a missing one is made, set up, and goes with its descriptor, however the
 * process ends.
 */
final class TapDevice implements Attachment {
    private static final Logger LOG = LoggerFactory.getLogger(TapDevice.class);

    private static final String CLONE_DEVICE = "/dev/net/tun";
    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNGETIFF = 0x800454d2L;

    /** No packet information and no offload header before a frame: IFF_TAP | IFF_NO_PI. */
    private static final short WANTED_FLAGS = 0x1002;

    private static final short IFF_PERSIST = 0x0800;
    private static final long NO_OFFLOAD = 0;

    private final InterfaceName name;
    private final int descriptor;

    /** One that is open and attached. */
    TapDevice(InterfaceName name, int descriptor) {
        this.name = name;
        this.descriptor = descriptor;
    }

    /**
     * Opens the TAP device of that name, or makes it in the network namespace of the calling thread.
     *
     * @throws IOException naming what is missing, forbidden or in use
     */
    static TapDevice open(InterfaceName name, int mtuBytes) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls calls = new SystemCalls(arena);
            int descriptor = openCloneDevice(calls);
            try {
                attach(calls, arena, descriptor, name, mtuBytes);
                return new TapDevice(name, descriptor);
            } catch (IOException | RuntimeException | Error e) {
                SystemCalls.close(descriptor);
                throw e;
            }
        }
    }

    private static int openCloneDevice(SystemCalls calls) throws IOException {
        int result = calls.open(CLONE_DEVICE, SystemCalls.O_RDWR | SystemCalls.O_NONBLOCK | SystemCalls.O_CLOEXEC);
        return switch (-result) {
            case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                throw new IOException("there is no " + CLONE_DEVICE + ", which TAP devices come from: the kernel module"
                        + " tun is not loaded, or the container was not given the device");
            case Errno.EACCES, Errno.EPERM -> throw new IOException("no permission to open " + CLONE_DEVICE);
            default -> SystemCalls.check(result, "cannot open " + CLONE_DEVICE);
        };
    }

    private static void attach(SystemCalls calls, Arena arena, int descriptor, InterfaceName name, int mtuBytes)
            throws IOException {
        MemorySegment request = InterfaceControl.request(arena, name);
        request.set(ValueLayout.JAVA_SHORT, InterfaceControl.VALUE_OFFSET, WANTED_FLAGS);
        int result = calls.ioctl(descriptor, TUNSETIFF, request.address());
        switch (-result) {
            case Errno.EPERM ->
                throw new IOException("no permission for TAP device " + name
                        + ": that needs CAP_NET_ADMIN, or a device made for this user (ip tuntap add mode tap user U)");
            case Errno.EBUSY -> throw new IOException("TAP device " + name + " is in use by another process");
            case Errno.EINVAL ->
                throw new IOException("interface " + name + " is there, and no TAP device with a single queue");
            default -> SystemCalls.check(result, "cannot attach to TAP device " + name);
        }
        SystemCalls.check(
                calls.ioctl(descriptor, TUNSETOFFLOAD, NO_OFFLOAD), "cannot turn off the offloads of " + name);
        SystemCalls.check(calls.ioctl(descriptor, TUNGETIFF, request.address()), "the flags of TAP device " + name);
        short flags = request.get(ValueLayout.JAVA_SHORT, InterfaceControl.VALUE_OFFSET);
        try (InterfaceControl control = new InterfaceControl(calls, arena, name)) {
            // A device that outlives its descriptors was made before; one that does not can only be ours.
            if ((flags & IFF_PERSIST) == 0) {
                control.setMtuBytes(mtuBytes);
                control.setUp();
            } else {
                control.requireMtuBytes(mtuBytes);
                if (!control.isUp()) {
                    LOG.warn("TAP device {} is down: nothing passes until it is set up", name);
                }
            }
        }
    }

    @Override
    public String title() {
        return "interface " + name;
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public int headerBytes() {
        return 0;
    }

    /** Not known here: the interface itself counts them, as dropped on transmit. */
    @Override
    public int takeDropped(SystemCalls calls) {
        return 0;
    }

    @Override
    public void close() {
        SystemCalls.close(descriptor);
    }
}
