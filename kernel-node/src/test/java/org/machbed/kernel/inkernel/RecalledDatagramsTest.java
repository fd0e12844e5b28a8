package org.machbed.kernel.inkernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.FrameLoans;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;
import org.machbed.netstack.memory.MemoryBudget;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.netstack.socket.SocketOptionName;

import static org.assertj.core.api.Assertions.assertThat;

/** Datagrams whose frames the link takes back before they are received: moved while there is memory for them, else lost. */
class RecalledDatagramsTest {
    private static final int OURS = 0xC0000201;
    private static final int THEIRS = 0xC0000202;

    /** With the word of each, 512 bytes: four fill the receive buffer. */
    private static final int LENGTH_BYTES = 500;

    private static final int BUFFER_BYTES = 2_048;
    private static final int FIT = 4;

    private final Loans loans = new Loans();
    private final Crossings crossings = Crossings.unshared();
    private final NetworkStack stack =
            new NetworkStack(new StackConfiguration(new MacAddress(2), OURS, 24, 0, 1500, 1, true), new Nowhere());

    /** A link that lends whatever it is asked for, and gives a loan's number again once it has ended. */
    private static final class Loans implements FrameLoans {
        private static final int MOST = 16;
        private final Deque<Long> free = new ArrayDeque<>();
        private final List<Long> lent = new ArrayList<>();

        private Loans() {
            for (long loan = 0; loan < MOST; loan++) {
                free.push(loan);
            }
        }

        @Override
        public long keep(MemorySegment memory) {
            if (free.isEmpty()) {
                return NONE;
            }
            long loan = free.pop();
            lent.add(loan);
            return loan;
        }

        @Override
        public void giveBack(long loan) {
            assertThat(lent.remove(loan)).as("loan %d is lent", loan).isTrue();
            free.push(loan);
        }

        @Override
        public void onRecall(LongConsumer keeper) {
            throw new UnsupportedOperationException("the test recalls itself");
        }

        /** Takes back the oldest one. */
        private void recallOldest(SocketTable table) {
            table.recall(lent.getFirst());
            free.push(lent.removeFirst());
        }
    }

    private static final class Nowhere implements FrameOutput {
        @Override
        public @Nullable FrameBuffer allocate(int lengthBytes) {
            return null;
        }

        @Override
        public void transmit(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }

        @Override
        public void release(FrameBuffer frame) {
            throw new AssertionError("nothing was allocated");
        }
    }

    private SocketTable table(int recalledBytes) {
        return new SocketTable(
                stack, loans, new MemoryBudget(recalledBytes), crossings, new Waits(1, new Completions(1)));
    }

    private static KernelDatagramSocket open(SocketTable table) throws SocketLayerException {
        KernelDatagramSocket socket = (KernelDatagramSocket) table.get(1, table.openDatagram(1));
        assertThat(socket).isNotNull();
        socket.setOption(SocketOptionName.RECEIVE_BUFFER_BYTES, BUFFER_BYTES, 0);
        return socket;
    }

    private static void arrive(KernelDatagramSocket socket, int... firstBytes) {
        for (int firstByte : firstBytes) {
            byte[] bytes = new byte[LENGTH_BYTES];
            bytes[0] = (byte) firstByte;
            assertThat(socket.onDatagram(MemorySegment.ofArray(bytes), 0, bytes.length, THEIRS, 5001))
                    .isTrue();
        }
    }

    private static void assertReceives(KernelDatagramSocket socket, int... firstBytes) throws SocketLayerException {
        byte[] bytes = new byte[LENGTH_BYTES];
        for (int firstByte : firstBytes) {
            assertThat(socket.receive(MemorySegment.ofArray(bytes), bytes.length))
                    .isEqualTo(DatagramHeader.pack(THEIRS, 5001, LENGTH_BYTES));
            assertThat(bytes[0]).isEqualTo((byte) firstByte);
        }
        assertThat(socket.receive(MemorySegment.ofArray(bytes), bytes.length)).isEqualTo(DatagramHeader.NONE);
    }

    private long dropped(StackCounter counter) {
        return stack.counters().get(counter);
    }

    @Test
    void whatIsLostTakesNoRoomInTheReceiveBuffer() throws Exception {
        SocketTable table = table(8);
        KernelDatagramSocket socket = open(table);
        int rounds = 10;
        for (int round = 0; round < rounds; round++) {
            arrive(socket, 1, 2, 3, 4);
            for (int i = 0; i < FIT; i++) {
                loans.recallOldest(table);
            }
        }
        assertThat(dropped(StackCounter.DROP_UDP_QUEUE_FULL)).isZero();
        assertThat(dropped(StackCounter.DROP_UDP_MEMORY_FULL)).isEqualTo((long) rounds * FIT);
        arrive(socket, 5, 6, 7, 8, 9);
        assertThat(dropped(StackCounter.DROP_UDP_QUEUE_FULL)).isEqualTo(1);
        assertReceives(socket, 5, 6, 7, 8);
        arrive(socket, 1, 2, 3, 4, 5);
        assertThat(dropped(StackCounter.DROP_UDP_QUEUE_FULL)).isEqualTo(2);
        assertReceives(socket, 1, 2, 3, 4);
        assertThat(loans.lent).isEmpty();
        assertThat(table.recalledBytes()).isZero();
    }

    @Test
    void whatMovedTakesRoomUntilItIsReceived() throws Exception {
        SocketTable table = table(LENGTH_BYTES);
        KernelDatagramSocket socket = open(table);
        arrive(socket, 1, 2, 3, 4);
        loans.recallOldest(table);
        loans.recallOldest(table);
        assertThat(crossings.value(Crossing.COPIED_BYTES)).isEqualTo(LENGTH_BYTES);
        assertThat(dropped(StackCounter.DROP_UDP_MEMORY_FULL)).isEqualTo(1);
        arrive(socket, 5, 6);
        assertThat(dropped(StackCounter.DROP_UDP_QUEUE_FULL)).isEqualTo(1);
        assertReceives(socket, 1, 3, 4, 5);
        assertThat(table.recalledBytes()).isZero();
    }

    @Test
    void aRecallReachesTheSocketThatKeepsTheFrameNow() throws Exception {
        SocketTable table = table(FIT * LENGTH_BYTES);
        KernelDatagramSocket first = open(table);
        KernelDatagramSocket second = open(table);
        arrive(first, 1, 2);
        assertReceives(first, 1, 2);
        // The same loans again.
        arrive(second, 3);
        arrive(first, 4);
        loans.recallOldest(table);
        loans.recallOldest(table);
        table.recall(0);
        table.recall(Loans.MOST * 1_000L);
        assertThat(crossings.value(Crossing.COPIES)).isEqualTo(2 + 2);
        assertReceives(second, 3);
        assertReceives(first, 4);
    }
}
