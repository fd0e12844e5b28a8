package org.machbed.server;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.link.ConflictLog;
import org.machbed.link.LinkEnd;
import org.machbed.link.segment.SegmentLink;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.arp.ArpPacket;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.link.FrameBuffer;
import org.machbed.server.ServerArguments.ServerKind;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 5227 section 2.4: whichever server owns the stack, it logs that another station claims its address. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConflictLoggedTest {
    private static final MacAddress CLAIMANT = MacAddress.parse("02:00:00:00:00:0c");

    private final Logger logger = (Logger) LoggerFactory.getLogger(ConflictLog.class);

    @ParameterizedTest
    @EnumSource(ServerKind.class)
    void aClaimToItsAddressIsLogged(ServerKind kind) throws Exception {
        Path run = Files.createTempDirectory(Path.of("/dev/shm"), "machbed-test-");
        Path wire = Files.createDirectories(run.resolve("wire"));
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.list = new CopyOnWriteArrayList<>();
        logged.start();
        logger.addAppender(logged);
        TestHost.Structure structure =
                new TestHost.Structure(kind, Optional.empty(), "call", "call", MachTransport.GRPC);
        try (TestHost host = new TestHost(run, 1, structure);
                LinkEnd claimant = SegmentLink.join(wire, CLAIMANT, 1500)) {
            claim(claimant, host.ipv4);
            while (logged.list.isEmpty()) {
                Thread.onSpinWait();
            }
            assertThat(host.counter("stack.ARP_CONFLICTS")).isEqualTo(1);
            assertThat(host.failures).isEmpty();
        } finally {
            logger.detachAppender(logged);
            try (Stream<Path> files = Files.walk(run)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        }
        assertThat(logged.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "station 02:00:00:00:00:0c claims 192.0.2.1, which is the address of 02:00:00:00:00:01:"
                                + " two hosts of one address (0 more claims before)");
    }

    private static void claim(LinkEnd claimant, int ipv4) {
        FrameBuffer frame = claimant.allocate(EthernetHeader.LENGTH_BYTES + ArpPacket.LENGTH_BYTES);
        assertThat(frame).as("room for a claim to %s", Ipv4Address.format(ipv4)).isNotNull();
        EthernetHeader.write(frame.memory, frame.offset, MacAddress.MASK, CLAIMANT.bits(), EtherType.ARP);
        ArpPacket.write(
                frame.memory,
                frame.offset + EthernetHeader.LENGTH_BYTES,
                ArpPacket.REQUEST,
                CLAIMANT.bits(),
                ipv4,
                0,
                ipv4);
        claimant.transmit(frame);
    }
}
