package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.socket.TcpSessionState;
import org.machbed.netstack.tcp.TcpFlags;
import org.machbed.netstack.tcp.TcpHeader;

import static org.assertj.core.api.Assertions.assertThat;

/** Faults that are planted are found: what watches the worlds bites. */
class PlantedFaultTest {
    private static final int WORLDS = 20;
    private static final int SEQUENCE = 4;
    private static final int ACKNOWLEDGEMENT = 8;
    private static final int WINDOW = 14;
    private static final int CHECKSUM = 16;

    /** Where a session's state says whether timestamps were agreed on (Snd.TS.OK). */
    private static final int TIMESTAMPS_ENABLED = 147;

    /** Changes segments; their checksums are right again afterwards. */
    @FunctionalInterface
    private interface Forgery {
        void forge(TcpHeader segment, MemorySegment memory, long offset);
    }

    /** A segment in a frame, or none. */
    private static final class Frame {
        final Ipv4Header packet = new Ipv4Header();
        final TcpHeader segment = new TcpHeader();
        final boolean isSegment;

        Frame(MemorySegment memory, int lengthBytes) {
            int data = EthernetHeader.LENGTH_BYTES;
            isSegment = memory.get(BigEndian.SHORT, 12) == 0x0800
                    && packet.wrap(memory, data, lengthBytes - data) == null
                    && packet.protocol() == IpProtocol.TCP
                    && segment.wrap(memory, packet.dataOffset(), packet.dataBytes()) == null
                    && TcpHeader.hasValidChecksum(
                            memory, packet.dataOffset(), packet.dataBytes(), packet.source(), packet.destination());
        }
    }

    private static void forge(MemorySegment memory, int lengthBytes, Forgery forgery) {
        Frame frame = new Frame(memory, lengthBytes);
        if (frame.isSegment) {
            long at = frame.packet.dataOffset();
            forgery.forge(frame.segment, memory, at);
            memory.set(BigEndian.SHORT, at + CHECKSUM, (short) 0);
            TcpHeader.writeChecksum(
                    memory, at, frame.packet.dataBytes(), frame.packet.source(), frame.packet.destination());
        }
    }

    private static MemorySegment forgedCopy(MemorySegment memory, int lengthBytes, Forgery forgery) {
        MemorySegment copy =
                MemorySegment.ofArray(memory.asSlice(0, lengthBytes).toArray(BigEndian.BYTE));
        forge(copy, lengthBytes, forgery);
        return copy;
    }

    private static Sabotage sending(Forgery forgery) {
        return new Sabotage() {
            @Override
            public void alterSent(MemorySegment frame, int lengthBytes) {
                forge(frame, lengthBytes, forgery);
            }
        };
    }

    private static Sabotage losing(IntPredicate flags) {
        return new Sabotage() {
            @Override
            public boolean loses(MemorySegment frame, int lengthBytes) {
                Frame read = new Frame(frame, lengthBytes);
                return read.isSegment && flags.test(read.segment.flags());
            }
        };
    }

    /** What is found in some worlds, numbers left out. */
    private static String found(Sabotage sabotage) {
        return found(sabotage, 0);
    }

    private static String found(Sabotage sabotage, long first) {
        TreeSet<String> violations = new TreeSet<>();
        for (long seed = first; seed < first + WORLDS; seed++) {
            String violation = Simulation.run(seed, sabotage, null).violation();
            if (violation != null) {
                violations.add(violation.replaceAll("\\d+", "#"));
            }
        }
        return String.join("\n", violations);
    }

    /** The same in more worlds, since connections migrate in few. */
    private static String foundInMany(Sabotage sabotage) {
        StringBuilder text = new StringBuilder();
        for (long first = 0; first < 5L * WORLDS; first += WORLDS) {
            text.append(found(sabotage, first)).append('\n');
        }
        return text.toString();
    }

    private static void addTo(MemorySegment memory, long offset, int difference) {
        memory.set(BigEndian.INT, offset, memory.get(BigEndian.INT, offset) + difference);
    }

    @Test
    void anOctetThatTheNetworkChangedWithItsChecksum() {
        assertThat(found(new Sabotage() {
                    @Override
                    public MemorySegment arriving(MemorySegment frame, int lengthBytes) {
                        return forgedCopy(frame, lengthBytes, (segment, memory, offset) -> {
                            if (segment.dataBytes() > 0) {
                                byte octet = memory.get(BigEndian.BYTE, segment.dataOffset());
                                memory.set(BigEndian.BYTE, segment.dataOffset(), (byte) ~octet);
                            }
                        });
                    }
                }))
                .contains("received another octet");
    }

    @Test
    void textOtherThanWasGiven() {
        assertThat(found(sending((segment, memory, offset) -> {
                    if (segment.dataBytes() > 0) {
                        byte octet = memory.get(BigEndian.BYTE, segment.dataOffset());
                        memory.set(BigEndian.BYTE, segment.dataOffset(), (byte) ~octet);
                    }
                })))
                .contains("text other than was given");
    }

    @Test
    void aResultOfACallThatWasVoid() {
        String found = foundInMany(new Sabotage() {
            @Override
            public boolean keepsVoidResults() {
                return true;
            }
        });
        assertThat(found).contains("received another octet");
    }

    @Test
    void anAcknowledgmentOfWhatWasNotSent() {
        assertThat(found(sending((segment, memory, offset) -> {
                    if (segment.isAck() && !segment.isRst()) {
                        addTo(memory, offset + ACKNOWLEDGEMENT, 1_000_000);
                    }
                })))
                .contains("an acknowledgment of what was not sent");
    }

    @Test
    void aResetOfAnotherNumberThanTheNext() {
        assertThat(found(sending((segment, memory, offset) -> {
                    if (segment.isRst() && segment.isAck()) {
                        addTo(memory, offset + SEQUENCE, 1);
                    }
                })))
                .contains("a reset that the peer does not believe");
    }

    @Test
    void aResetOfAnotherNumberThanWasAcknowledged() {
        assertThat(found(sending((segment, memory, offset) -> {
                    if (segment.isRst() && !segment.isAck()) {
                        addTo(memory, offset + SEQUENCE, -1_000_000);
                    }
                })))
                .contains("a reset that answers nothing");
    }

    /** Whatever is thrown, the world has failed, and its seed is known. */
    @Test
    void aStackThatThrows() {
        for (Throwable fault : List.of(
                new IllegalStateException("planted"),
                new AssertionError("planted"),
                new StackOverflowError("planted"),
                new OutOfMemoryError("planted"))) {
            Sabotage throwing = new Sabotage() {
                @Override
                public void alterSent(MemorySegment frame, int lengthBytes) {
                    if (fault instanceof Error error) {
                        throw error;
                    }
                    throw (RuntimeException) fault;
                }
            };
            Outcome outcome = Simulation.run(3, throwing, null);
            assertThat(outcome.seed()).isEqualTo(3);
            assertThat(outcome.violation()).startsWith("a stack threw " + fault);
            assertThat(Simulation.run(3, throwing, null).digest()).isEqualTo(outcome.digest());
        }
    }

    @Test
    void aWindowThatIsTakenBack() {
        assertThat(found(sending((segment, memory, offset) -> {
                    if (segment.isAck() && !segment.isSyn() && !segment.isRst()) {
                        memory.set(BigEndian.SHORT, offset + WINDOW, (short) 0);
                    }
                })))
                .contains("a window taken back");
    }

    @Test
    void anOfferThatArrivesSmallerThanItWasHeardBy() {
        // The stack is told of a larger window than the observer: what it then sends lies beyond what was offered.
        assertThat(found(new Sabotage() {
                    @Override
                    public MemorySegment arriving(MemorySegment frame, int lengthBytes) {
                        return forgedCopy(frame, lengthBytes, (segment, memory, offset) -> {
                            if (segment.isAck() && !segment.isRst()) {
                                memory.set(BigEndian.SHORT, offset + WINDOW, (short) 0xFFFF);
                            }
                        });
                    }
                }))
                .contains("text beyond the window");
    }

    @Test
    void aFinThatNeverArrives() {
        assertThat(found(losing(flags -> (flags & TcpFlags.FIN) != 0))).isNotEmpty();
    }

    @Test
    void aConnectionThatIsNeverAnswered() {
        assertThat(found(losing(flags -> (flags & TcpFlags.ACK) != 0 && (flags & TcpFlags.SYN) == 0)))
                .isNotEmpty();
    }

    @Test
    void aDeadlineThatIsIgnored() {
        assertThat(found(new Sabotage() {
                    @Override
                    public boolean ignoresDeadlines(int host) {
                        return host == 0;
                    }
                }))
                .contains("it does not end");
    }

    @Test
    void aSocketThatIsForgotten() {
        assertThat(found(new Sabotage() {
                    @Override
                    public boolean forgetsToClose() {
                        return true;
                    }
                }))
                .containsAnyOf("it does not end", "still has");
    }

    // ---- Migrations

    @Test
    void aConnectionThatLeavesBeforeItsFramesGoElsewhere() {
        assertThat(foundInMany(new Sabotage() {
                    @Override
                    public boolean switchesLate() {
                        return true;
                    }
                }))
                .contains("of them while their connection was away");
    }

    @Test
    void framesThatAreKeptAndForgotten() {
        assertThat(foundInMany(new Sabotage() {
                    @Override
                    public boolean forgetsKeptFrames() {
                        return true;
                    }
                }))
                .contains("frames that came, of which it took in");
    }

    @Test
    void framesThatAreTakenInInAnotherOrder() {
        assertThat(foundInMany(new Sabotage() {
                    @Override
                    public boolean replaysBackwards() {
                        return true;
                    }
                }))
                .contains("takes in frame # after frame #");
    }

    @Test
    void anOptionThatDoesNotMigrate() {
        assertThat(foundInMany(new Sabotage() {
                    @Override
                    public void alterState(MemorySegment encoded) {
                        encoded.set(BigEndian.BYTE, TIMESTAMPS_ENABLED, (byte) 0);
                    }
                }))
                .contains("timestamps not as agreed");
    }

    @Test
    void textThatDoesNotMigrate() {
        assertThat(foundInMany(new Sabotage() {
                    @Override
                    public void alterState(MemorySegment encoded) {
                        long last = encoded.byteSize() - 1;
                        if (last >= 8 + TcpSessionState.VARIABLES_BYTES) {
                            encoded.set(BigEndian.BYTE, last, (byte) ~encoded.get(BigEndian.BYTE, last));
                        }
                    }
                }))
                .containsAnyOf("text other than was given", "received another octet");
    }
}
