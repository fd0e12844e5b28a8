package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What is asked and told of an interface by its name (netdevice(7)). A request is a struct ifreq: 16 bytes of name, then a value
 * whose kind the request decides.
 */
final class InterfaceControl implements AutoCloseable {
    static final int REQUEST_BYTES = 40;
    static final int VALUE_OFFSET = 16;

    private static final int AF_INET = 2;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = SystemCalls.O_CLOEXEC;
    private static final long SIOCGIFFLAGS = 0x8913;
    private static final long SIOCSIFFLAGS = 0x8914;
    private static final long SIOCGIFMTU = 0x8921;
    private static final long SIOCSIFMTU = 0x8922;
    private static final long SIOCGIFHWADDR = 0x8927;
    private static final long SIOCGIFINDEX = 0x8933;
    private static final short IFF_UP = 1;
    private static final short ARPHRD_ETHER = 1;

    private final SystemCalls calls;
    private final InterfaceName name;
    private final MemorySegment request;
    private final int socket;

    /** Control of the interface of that name, which need not be there yet. */
    InterfaceControl(SystemCalls calls, Arena arena, InterfaceName name) throws IOException {
        this.calls = calls;
        this.name = name;
        this.request = request(arena, name);
        this.socket = SystemCalls.check(
                calls.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "no socket to control interface " + name);
    }

    /** A struct ifreq for the interface of that name, with a value of zeros. */
    static MemorySegment request(Arena arena, InterfaceName name) {
        MemorySegment made = arena.allocate(REQUEST_BYTES, Long.BYTES);
        made.setString(0, name.text());
        return made;
    }

    /** The number by which the kernel knows the interface. */
    int index() throws IOException {
        int result = calls.ioctl(socket, SIOCGIFINDEX, request.address());
        if (result == -Errno.ENODEV) {
            throw new IOException("there is no interface " + name + " in this network namespace");
        }
        SystemCalls.check(result, "the index of interface " + name);
        return request.get(ValueLayout.JAVA_INT, VALUE_OFFSET);
    }

    boolean isEthernet() throws IOException {
        ask(SIOCGIFHWADDR, "the kind of interface " + name);
        return request.get(ValueLayout.JAVA_SHORT, VALUE_OFFSET) == ARPHRD_ETHER;
    }

    boolean isUp() throws IOException {
        return (flags() & IFF_UP) != 0;
    }

    void setUp() throws IOException {
        short flags = flags();
        request.set(ValueLayout.JAVA_SHORT, VALUE_OFFSET, (short) (flags | IFF_UP));
        ask(SIOCSIFFLAGS, "interface " + name + " cannot be set up");
    }

    private short flags() throws IOException {
        ask(SIOCGIFFLAGS, "the flags of interface " + name);
        return request.get(ValueLayout.JAVA_SHORT, VALUE_OFFSET);
    }

    void setMtuBytes(int mtuBytes) throws IOException {
        request.set(ValueLayout.JAVA_INT, VALUE_OFFSET, mtuBytes);
        ask(SIOCSIFMTU, "interface " + name + " takes no MTU of " + mtuBytes + " bytes");
    }

    /** Refuses an interface that would not carry our longest frame. */
    void requireMtuBytes(int mtuBytes) throws IOException {
        ask(SIOCGIFMTU, "the MTU of interface " + name);
        int carriedBytes = request.get(ValueLayout.JAVA_INT, VALUE_OFFSET);
        if (carriedBytes < mtuBytes) {
            throw new IOException("interface " + name + " has an MTU of " + carriedBytes + " bytes, less than the "
                    + mtuBytes + " of this station");
        }
    }

    private void ask(long number, String what) throws IOException {
        SystemCalls.check(calls.ioctl(socket, number, request.address()), what);
    }

    @Override
    public void close() {
        SystemCalls.close(socket);
    }
}
