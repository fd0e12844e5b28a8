package org.machbed.netstack.ethernet;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.fixture.Host;
import org.machbed.netstack.fixture.Packet;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.netstack.link.FrameOutput;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Which frames get past their header (IEEE 802.3, RFC 894). */
class EthernetTest {
    private final Host host = Host.a();

    private void refuses(byte[] frame, StackCounter reason) {
        host.give(frame);
        assertThat(host.count(reason)).isEqualTo(1);
        assertThat(host.stack.counters().drops()).isEqualTo(1);
        assertThat(host.take()).isEmpty();
    }

    @Test
    void aRuntIsRefused() {
        refuses(Arrays.copyOf(Packet.udp(1, 2).frame(), 13), StackCounter.DROP_ETHERNET_TOO_SHORT);
    }

    @Test
    void aGiantIsRefused() {
        refuses(Packet.udp(1, 2, new byte[1473]).frame(), StackCounter.DROP_ETHERNET_TOO_LONG);
    }

    @Test
    void aFrameForAnotherStationIsRefused() {
        refuses(Packet.udp(1, 2).macs(Host.MAC_C, Host.MAC_B).frame(), StackCounter.DROP_ETHERNET_NOT_FOR_US);
    }

    @Test
    void aGroupCannotSend() {
        refuses(Packet.udp(1, 2).macs(Host.MAC_A, MacAddress.MASK).frame(), StackCounter.DROP_ETHERNET_GROUP_SOURCE);
    }

    @Test
    void otherTypesAreRefused() {
        refuses(Packet.udp(1, 2).etherType(0x86DD).frame(), StackCounter.DROP_ETHERNET_UNKNOWN_TYPE);
    }

    @Test
    void anIeee8023LengthIsNoType() {
        refuses(Packet.udp(1, 2).etherType(46).frame(), StackCounter.DROP_ETHERNET_UNKNOWN_TYPE);
    }

    @Test
    void theHeaderReadsAsWritten() {
        java.lang.foreign.MemorySegment memory =
                java.lang.foreign.Arena.ofAuto().allocate(20);
        EthernetHeader.write(memory, 1, 0xFEDC_BA98_7654L, 0x0123_4567_89ABL, 0x88B5);
        EthernetHeader header = new EthernetHeader();
        assertThat(header.wrap(memory, 1, 14)).isNull();
        assertThat(header.destination()).isEqualTo(0xFEDC_BA98_7654L);
        assertThat(header.source()).isEqualTo(0x0123_4567_89ABL);
        assertThat(header.type()).isEqualTo(0x88B5);
        assertThat(header).hasToString("01:23:45:67:89:ab > fe:dc:ba:98:76:54, ethertype Unknown (0x88b5)");
    }

    /** A wire that hands the answer in while the stack is still at the question would clobber what it is looking at. */
    @Test
    void theStackIsNotEnteredFromWithin() {
        class Mirror implements FrameOutput {
            final FrameBuffer frame = new FrameBuffer();
            final NetworkStack stack = new NetworkStack(Host.configuration(Host.MAC_A, "192.0.2.1", 1500), this);

            @Override
            public FrameBuffer allocate(int lengthBytes) {
                frame.memory = java.lang.foreign.Arena.ofAuto().allocate(lengthBytes);
                return frame;
            }

            @Override
            public void transmit(FrameBuffer frame) {
                stack.onFrame(frame.memory, 0, 42, 0);
            }

            @Override
            public void release(FrameBuffer frame) {
                // garbage
            }
        }
        NetworkStack stack = new Mirror().stack;
        assertThatIllegalStateException().isThrownBy(() -> stack.onTimer(0));
    }
}
