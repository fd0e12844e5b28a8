package org.machbed.netstack.tcp;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 9293 section 3.2, RFC 7323 and RFC 2018. */
class TcpOptionsTest {
    private final StackCounters counters = new StackCounters();
    private final TcpOptions options = new TcpOptions(counters);

    private void parse(boolean syn, int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        options.parse(MemorySegment.ofArray(bytes), 0, bytes.length, syn);
    }

    private void syn(int... octets) {
        parse(true, octets);
    }

    private void segment(int... octets) {
        parse(false, octets);
    }

    private void assertNothingSaid() {
        assertThat(options.mssBytes()).isZero();
        assertThat(options.windowScale()).isEqualTo(-1);
        assertThat(options.sackPermitted()).isFalse();
        assertThat(options.timestamps()).isFalse();
        assertThat(options.sackBlocks()).isZero();
    }

    @Test
    void linuxSynIsUnderstood() {
        syn(2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0x80, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7);
        assertThat(options.mssBytes()).isEqualTo(1460);
        assertThat(options.sackPermitted()).isTrue();
        assertThat(options.timestamps()).isTrue();
        assertThat(options.timestampValue()).isEqualTo(0x8000_0001);
        assertThat(options.timestampEcho()).isZero();
        assertThat(options.windowScale()).isEqualTo(7);
        assertThat(counters).hasToString("");
    }

    /** The next segment says nothing of what the one before said. */
    @Test
    void everySegmentSpeaksForItself() {
        syn(2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0x80, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7);
        syn();
        assertNothingSaid();
    }

    /** RFC 9293 MUST-6: an option that is not known is skipped by its length. MUST-5: options come in any segment. */
    @Test
    void unknownOptionsAreSkipped() {
        syn(254, 4, 1, 2, 30, 2, 2, 4, 1, 0, 255, 3, 9);
        assertThat(options.mssBytes()).isEqualTo(256);
        assertThat(counters).hasToString("");
    }

    /** MUST-64: no option need begin at a multiple of four octets. */
    @Test
    void optionsNeedNotBeAligned() {
        segment(1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6);
        assertThat(options.timestampValue()).isEqualTo(5);
        assertThat(options.timestampEcho()).isEqualTo(6);
    }

    /** What follows the end of the list is padding. */
    @Test
    void theListEndsWhereItSays() {
        syn(0, 2, 4, 1, 0);
        assertNothingSaid();
        assertThat(counters).hasToString("");
    }

    /** MUST-7: illegal lengths, for instance zero; what stood before is heeded. */
    @Test
    void lengthsThatCannotBeEndTheParsing() {
        for (int length : new int[] {0, 1, 5, 255}) {
            syn(3, 3, 2, 2, length, 1, 0);
            assertThat(options.windowScale()).isEqualTo(2);
            assertThat(options.mssBytes()).isZero();
        }
        assertThat(counters.get(StackCounter.TCP_OPTIONS_MALFORMED)).isEqualTo(4);
        syn(3, 3, 2, 2);
        assertThat(options.windowScale()).isEqualTo(2);
        assertThat(counters.get(StackCounter.TCP_OPTIONS_MALFORMED)).isEqualTo(5);
    }

    /** RFC 9293 MUST-6, MUST-7: each known kind with each length that it cannot have; what follows is heeded as far as it is there. */
    @Test
    void eachWrongLengthOfEachKnownOptionIsNoOption() {
        int malformed = 0;
        for (int kind : new int[] {2, 3, 4, 5, 8}) {
            for (int length = 0; length <= 255; length++) {
                boolean right = length
                        == switch (kind) {
                            case 2 -> 4;
                            case 3 -> 3;
                            case 4 -> 2;
                            case 8 -> 10;
                            default -> length;
                        };
                if (right) {
                    continue;
                }
                int[] octets = new int[40];
                octets[0] = kind;
                octets[1] = length;
                boolean fits = length >= 2 && length <= 37;
                if (fits) {
                    octets[length] = kind == 3 ? 4 : 3;
                    octets[length + 1] = kind == 3 ? 2 : 3;
                    octets[length + 2] = kind == 3 ? 0 : 9;
                }
                syn(octets);
                assertThat(options.mssBytes()).isZero();
                assertThat(options.timestamps()).isFalse();
                assertThat(options.sackPermitted())
                        .as("kind %d length %d", kind, length)
                        .isEqualTo(fits && kind == 3);
                assertThat(options.windowScale())
                        .as("kind %d length %d", kind, length)
                        .isEqualTo(fits && kind != 3 ? 9 : -1);
                malformed++;
                assertThat(counters.get(StackCounter.TCP_OPTIONS_MALFORMED)).isEqualTo(malformed);
            }
        }
    }

    @Test
    void knownOptionsOfAnotherLengthAreSkipped() {
        syn(2, 3, 1, 3, 4, 1, 1, 4, 3, 0, 8, 9, 0, 0, 0, 0, 0, 0, 0, 5, 9, 0, 0, 0, 0, 0, 0, 0, 3, 3, 9);
        assertThat(options.windowScale()).isEqualTo(9);
        assertThat(options.mssBytes()).isZero();
        assertThat(options.sackPermitted()).isFalse();
        assertThat(options.timestamps()).isFalse();
        assertThat(counters.get(StackCounter.TCP_OPTIONS_MALFORMED)).isEqualTo(5);
    }

    /** RFC 7323 section 2.3: a shift count above 14 is logged, and 14 is used. */
    @Test
    void largerWindowScalesAreFourteen() {
        syn(3, 3, 14);
        assertThat(counters).hasToString("");
        syn(3, 3, 255);
        assertThat(options.windowScale()).isEqualTo(14);
        assertThat(counters).hasToString("TCP_WINDOW_SCALE_TOO_LARGE=1");
    }

    /** RFC 9293 section 3.7.1, RFC 7323 section 2.2, RFC 2018 section 2: in initial segments only. */
    @Test
    void whatBelongsToSynIsIgnoredElsewhere() {
        segment(2, 4, 0x05, 0xB4, 4, 2, 3, 3, 99);
        assertNothingSaid();
        syn(5, 10, 0, 0, 0, 1, 0, 0, 0, 2);
        assertNothingSaid();
    }

    @Test
    void fourSackBlocksFit() {
        int[] octets = new int[34];
        octets[0] = 5;
        octets[1] = 34;
        for (int i = 0; i < 8; i++) {
            octets[2 + 4 * i] = 0xFF;
            octets[5 + 4 * i] = i;
        }
        segment(octets);
        assertThat(options.sackBlocks()).isEqualTo(4);
        for (int i = 0; i < 4; i++) {
            assertThat(options.sackLeft(i)).isEqualTo(0xFF00_0000 + 2 * i);
            assertThat(options.sackRight(i)).isEqualTo(0xFF00_0001 + 2 * i);
        }
    }

    @Test
    void synOptionsAreReadAsTheyWereWritten() {
        MemorySegment memory = MemorySegment.ofArray(new byte[60]);
        for (int bits = 0; bits < 8; bits++) {
            int scale = (bits & 1) == 0 ? -1 : 14;
            boolean sack = (bits & 2) != 0;
            boolean timestamps = (bits & 4) != 0;
            memory.fill((byte) 0x55);
            int length = TcpOptionWriter.writeSyn(memory, 5, 65_495, scale, sack, timestamps, -2, 3);
            assertThat(length)
                    .isEqualTo(TcpOptionWriter.synBytes(scale, sack, timestamps))
                    .isLessThanOrEqualTo(20);
            assertThat(length % 4).isZero();
            options.parse(memory, 5, length, true);
            assertThat(options.mssBytes()).isEqualTo(65_495);
            assertThat(options.windowScale()).isEqualTo(scale);
            assertThat(options.sackPermitted()).isEqualTo(sack);
            assertThat(options.timestamps()).isEqualTo(timestamps);
            assertThat(options.timestampValue()).isEqualTo(timestamps ? -2 : 0);
            assertThat(options.timestampEcho()).isEqualTo(timestamps ? 3 : 0);
        }
        assertThat(counters).hasToString("");
    }

    /** RFC 2018 section 3: at most four blocks, and three beside timestamps. */
    @Test
    void segmentOptionsAreReadAsTheyWereWrittenAsFarAsTheyFit() {
        MemorySegment memory = MemorySegment.ofArray(new byte[60]);
        for (int count = 0; count <= 4; count++) {
            for (boolean timestamps : new boolean[] {false, true}) {
                int[] edges = new int[2 * count];
                for (int i = 0; i < edges.length; i++) {
                    edges[i] = 1000 * (i + 1);
                }
                int length = TcpOptionWriter.write(memory, 5, timestamps, 8, 9, new Blocks(edges));
                assertThat(length)
                        .isEqualTo(TcpOptionWriter.bytes(timestamps, count))
                        .isLessThanOrEqualTo(40);
                assertThat(length % 4).isZero();
                options.parse(memory, 5, length, false);
                int fitting = Math.min(count, timestamps ? 3 : 4);
                assertThat(options.sackBlocks()).isEqualTo(fitting);
                for (int i = 0; i < fitting; i++) {
                    assertThat(options.sackLeft(i)).isEqualTo(edges[2 * i]);
                    assertThat(options.sackRight(i)).isEqualTo(edges[2 * i + 1]);
                }
                assertThat(options.timestamps()).isEqualTo(timestamps);
                assertThat(options.timestampEcho()).isEqualTo(timestamps ? 9 : 0);
            }
        }
    }

    @Property(tries = 5000)
    void anyOctetsAreReadWithoutHarm(
            @ForAll @Size(max = 40) byte[] octets, @ForAll @IntRange(max = 11) int kinds, @ForAll boolean syn) {
        for (int i = 0; i < octets.length && kinds > 0; i += kinds) {
            octets[i] = (byte) (octets[i] & 0xF); // likelier to be something that we know
        }
        options.parse(MemorySegment.ofArray(octets), 0, octets.length, syn);
        assertThat(options.mssBytes()).isBetween(0, 65_535);
        assertThat(options.windowScale()).isBetween(-1, 14);
        assertThat(options.sackBlocks()).isBetween(0, 4);
        assertThat(options.sackBlocks() == 0 || !syn).isTrue();
        assertThat(syn || !options.sackPermitted()).isTrue();
    }
}
