package org.machbed.netstack.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.StackCounter;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 9293 section 3.1. */
class TcpHeaderTest {
    private static final int AT = 3;
    private static final int FROM = Ipv4Address.parse("192.0.2.1");
    private static final int TO = Ipv4Address.parse("192.0.2.2");

    private final MemorySegment memory = Arena.ofAuto().allocate(200);
    private final TcpHeader segment = new TcpHeader();

    private void write(int headerBytes, int flags) {
        TcpHeader.write(memory, AT, 40_000, 80, 0xFFFF_FFFE, 0x8000_0001, headerBytes, flags, 0xFEDC, 0xABCD);
    }

    @Test
    void everyFieldIsReadAsItWasWritten() {
        write(24, TcpFlags.ACK | TcpFlags.PSH | TcpFlags.URG);
        assertThat(segment.wrap(memory, AT, 34)).isNull();
        assertThat(segment.sourcePort()).isEqualTo(40_000);
        assertThat(segment.destinationPort()).isEqualTo(80);
        assertThat(segment.sequence()).isEqualTo(0xFFFF_FFFE);
        assertThat(segment.acknowledgement()).isEqualTo(0x8000_0001);
        assertThat(segment.headerBytes()).isEqualTo(24);
        assertThat(segment.optionsOffset()).isEqualTo(AT + 20);
        assertThat(segment.optionsBytes()).isEqualTo(4);
        assertThat(segment.flags()).isEqualTo(0x38);
        assertThat(segment.window()).isEqualTo(0xFEDC);
        assertThat(segment.urgentPointer()).isEqualTo(0xABCD);
        assertThat(segment.dataOffset()).isEqualTo(AT + 24);
        assertThat(segment.dataBytes()).isEqualTo(10);
        assertThat(segment.isAck()).isTrue();
        assertThat(segment.isSyn() || segment.isFin() || segment.isRst()).isFalse();
    }

    @Test
    void theWireHasTheOctetsOfTheDiagram() {
        TcpHeader.write(memory, AT, 0x0102, 0x0304, 0x05060708, 0x090A0B0C, 60, 0xFF, 0x1314, 0x1718);
        byte[] octets = memory.asSlice(AT, 20).toArray(ValueLayout.JAVA_BYTE);
        assertThat(octets)
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xF0, 0xFF, 0x13, 0x14, 0, 0, 0x17, 0x18);
    }

    /** Section 3.4: SYN and FIN take a sequence number each. */
    @Test
    void synAndFinCountInTheLength() {
        write(20, TcpFlags.SYN | TcpFlags.FIN);
        segment.wrap(memory, AT, 25);
        assertThat(segment.segmentLength()).isEqualTo(7);
        assertThat(segment.endSequence()).isEqualTo(5);
        write(20, TcpFlags.SYN);
        segment.wrap(memory, AT, 20);
        assertThat(segment.segmentLength()).isEqualTo(1);
        write(20, TcpFlags.ACK | TcpFlags.RST);
        segment.wrap(memory, AT, 20);
        assertThat(segment.segmentLength()).isZero();
    }

    @Test
    void lengthsThatCannotBeAreRefused() {
        write(20, 0);
        assertThat(segment.wrap(memory, AT, 19)).isEqualTo(StackCounter.DROP_TCP_TOO_SHORT);
        assertThat(segment.wrap(memory, AT, 0)).isEqualTo(StackCounter.DROP_TCP_TOO_SHORT);
        write(16, 0);
        assertThat(segment.wrap(memory, AT, 40)).isEqualTo(StackCounter.DROP_TCP_HEADER_LENGTH);
        write(24, 0);
        assertThat(segment.wrap(memory, AT, 23)).isEqualTo(StackCounter.DROP_TCP_HEADER_LENGTH);
        assertThat(segment.wrap(memory, AT, 24)).isNull();
        assertThat(segment.dataBytes()).isZero();
    }

    /** Who shares the memory may write there at any time. */
    @Test
    void laterWritesChangeNothing() {
        write(20, TcpFlags.ACK);
        segment.wrap(memory, AT, 30);
        String before = segment.toString();
        memory.fill((byte) 0xFF);
        assertThat(segment).hasToString(before);
        assertThat(segment.dataOffset()).isEqualTo(AT + 20);
        assertThat(segment.dataBytes()).isEqualTo(10);
    }

    /** Section 3.1: the reserved bits must be ignored. */
    @Test
    void reservedBitsAreIgnored() {
        write(20, TcpFlags.SYN);
        memory.set(ValueLayout.JAVA_BYTE, AT + 12, (byte) 0x5F);
        assertThat(segment.wrap(memory, AT, 20)).isNull();
        assertThat(segment.flags()).isEqualTo(TcpFlags.SYN);
    }

    /** Section 3.1, checksum: header, data, and addresses, protocol and length before them. */
    @Test
    void anyChangeOfDataOrAddressesShowsInTheChecksum() {
        write(20, TcpFlags.ACK);
        memory.set(ValueLayout.JAVA_BYTE, AT + 26, (byte) 'x');
        TcpHeader.writeChecksum(memory, AT, 27, FROM, TO);
        assertThat(TcpHeader.hasValidChecksum(memory, AT, 27, FROM, TO)).isTrue();
        assertThat(TcpHeader.hasValidChecksum(memory, AT, 27, FROM, TO + 1)).isFalse();
        assertThat(TcpHeader.hasValidChecksum(memory, AT, 28, FROM, TO)).isFalse();
        memory.set(ValueLayout.JAVA_BYTE, AT + 26, (byte) 'y');
        assertThat(TcpHeader.hasValidChecksum(memory, AT, 27, FROM, TO)).isFalse();
    }

    /** RFC 792: 64 bits of the datagram are quoted. */
    @Test
    void aQuotationHasPortsAndSequenceNumberOnly() {
        MemorySegment quoted = memory.asSlice(0, 8);
        quoted.set(BigEndian.INT, 0, 0x9C40_0050);
        quoted.set(BigEndian.INT, 4, 77);
        segment.wrapQuoted(quoted, 0);
        assertThat(segment.sourcePort()).isEqualTo(40_000);
        assertThat(segment.destinationPort()).isEqualTo(80);
        assertThat(segment.sequence()).isEqualTo(77);
        assertThat(segment.flags()).isZero();
        assertThat(segment.dataBytes()).isZero();
    }

    @Test
    void printsAsTcpdumpDoes() {
        write(20, TcpFlags.ACK | TcpFlags.PSH);
        segment.wrap(memory, AT, 25);
        assertThat(segment)
                .hasToString("TCP 40000 > 80: Flags [P.], seq 4294967294:3, ack 2147483649, win 65244, length 5");
        write(20, TcpFlags.SYN);
        segment.wrap(memory, AT, 20);
        assertThat(segment).hasToString("TCP 40000 > 80: Flags [S], seq 4294967294, win 65244, length 0");
        write(20, TcpFlags.RST | TcpFlags.ACK | TcpFlags.URG);
        segment.wrap(memory, AT, 20);
        assertThat(segment).hasToString("TCP 40000 > 80: Flags [R.U], ack 2147483649, win 65244, urg 43981, length 0");
        assertThat(TcpFlags.format(0)).isEqualTo("none");
        assertThat(TcpFlags.format(0xFF)).isEqualTo("FSRP.UEW");
    }
}
