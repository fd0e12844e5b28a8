package org.machbed.client.primitive;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.BatchRole;
import org.machbed.ipc.trial.Role;
import org.machbed.netstack.filter.FilterMachine;
import org.machbed.netstack.filter.PacketFilter;
import org.machbed.netstack.filter.StandardFilters;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayerException;

/**
 * {@code stackSend}, {@code stackReceive} and {@code filterInstruction}: the protocol library and the packet filter alone, without
 * any binding around them. Keys: {@code bytes} of the datagram (1).
 */
final class StackPrimitives {
    private static final int MAX_BYTES = 1472;

    private StackPrimitives() {}

    /** From a socket's send to the frame in the output's memory. */
    static final class Send implements Primitive {
        @Override
        public String name() {
            return "stackSend";
        }

        @Override
        public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
            int bytes = Sizes.bytes(arguments, 1, MAX_BYTES);
            arguments.requireNoOthers();
            MemoryWire wire = new MemoryWire();
            wire.frameToB(bytes);
            wire.outputA.discard();
            MemorySegment data = Arena.ofAuto().allocate(bytes);
            return new BatchRole(1, times -> send(wire, data, bytes, times));
        }

        private static long send(MemoryWire wire, MemorySegment data, int bytes, int times) {
            long before = wire.outputA.frames();
            try {
                for (int i = 0; i < times; i++) {
                    wire.socketA.send(data, 0, bytes, 0, 0, MemoryWire.NOW_NS);
                }
            } catch (SocketLayerException e) {
                throw new IllegalStateException("a datagram was refused", e);
            }
            long sent = wire.outputA.frames() - before;
            if (sent != times) {
                throw new IllegalStateException(
                        sent + " frames for " + times + " datagrams: " + wire.stackA.counters());
            }
            return sent;
        }
    }

    /** From the frame in the link's memory to the datagram in the application's, through the socket's queue. */
    static final class Receive implements Primitive {
        @Override
        public String name() {
            return "stackReceive";
        }

        @Override
        public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
            int bytes = Sizes.bytes(arguments, 1, MAX_BYTES);
            arguments.requireNoOthers();
            MemoryWire wire = new MemoryWire();
            MemorySegment frame = wire.frameToB(bytes);
            MemorySegment target = Arena.ofAuto().allocate(bytes);
            return new BatchRole(1, times -> receive(wire, frame, target, times));
        }

        private static long receive(MemoryWire wire, MemorySegment frame, MemorySegment target, int times) {
            int length = (int) frame.byteSize();
            int room = (int) target.byteSize();
            long seen = 0;
            try {
                for (int i = 0; i < times; i++) {
                    wire.stackB.onFrame(frame, 0, length, MemoryWire.NOW_NS);
                    long header = wire.socketB.receive(target, 0, room);
                    if (header == DatagramHeader.NONE || DatagramHeader.lengthBytes(header) != room) {
                        throw new IllegalStateException("a datagram did not arrive: " + wire.stackB.counters());
                    }
                    seen += header;
                }
            } catch (SocketLayerException e) {
                throw new IllegalStateException("a datagram was refused", e);
            }
            return seen;
        }
    }

    /** One instruction of the filter that a host's one stack installs, on a datagram that it accepts. */
    static final class FilterInstruction implements Primitive {
        private static final int PRIORITY = 10;

        @Override
        public String name() {
            return "filterInstruction";
        }

        @Override
        public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
            int bytes = Sizes.bytes(arguments, 1, MAX_BYTES);
            arguments.requireNoOthers();
            MemorySegment frame = new MemoryWire().frameToB(bytes);
            PacketFilter filter = StandardFilters.ipv4Family(MemoryWire.ADDRESS_B, MemoryWire.PREFIX_LENGTH, PRIORITY);
            FilterMachine machine = new FilterMachine();
            match(filter, frame, machine, 1);
            return new BatchRole(machine.instructionsExecuted(), times -> match(filter, frame, machine, times));
        }

        private static long match(PacketFilter filter, MemorySegment frame, FilterMachine machine, int times) {
            int length = (int) frame.byteSize();
            for (int i = 0; i < times; i++) {
                if (!filter.matches(frame, 0, length, machine)) {
                    throw new IllegalStateException("the filter refused a datagram for its own host");
                }
            }
            return machine.instructionsExecuted();
        }
    }
}
