package org.machbed.netstack.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ethernet.EthernetOutput;
import org.machbed.netstack.ipv4.ErrorReporter;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.ipv4.UpperProtocol;
import org.machbed.netstack.link.FrameBuffer;

/** UDP between IPv4 and its endpoints. */
public final class UdpLayer implements UpperProtocol {
    /** What fits in the largest IPv4 packet without options. */
    public static final int MAXIMUM_DATA_BYTES =
            Ipv4Header.MAXIMUM_PACKET_BYTES - Ipv4Header.MINIMUM_BYTES - UdpHeader.LENGTH_BYTES;

    /** The headers of a packet with a datagram: without the link's own, and without options. */
    public static final int HEADERS_BYTES = Ipv4Header.MINIMUM_BYTES + UdpHeader.LENGTH_BYTES;

    /** Where a datagram's data starts in the frame that carries it. */
    public static final int COMPOSED_OFFSET = EthernetOutput.HEADER_BYTES + HEADERS_BYTES;

    private final Ipv4Output output;
    private final ErrorReporter errors;
    private final StackCounters counters;
    private final boolean checksums;
    private final UdpDemultiplexer endpoints = new UdpDemultiplexer();
    private final UdpHeader datagram = new UdpHeader();
    private boolean wasInPlace;
    private final UdpHeader quotedDatagram = new UdpHeader();

    /** Who receives the broadcast at hand. */
    private final @Nullable UdpEndpoint[] receivers;

    /** The header of a datagram that does not fit in one packet. */
    private final MemorySegment fragmentedHeader = Arena.ofAuto().allocate(UdpHeader.LENGTH_BYTES);

    /**
     * @param checksums whether what we send carries a checksum
     * @param maximumEndpoints how many there are at most
     */
    public UdpLayer(
            Ipv4Output output, ErrorReporter errors, StackCounters counters, boolean checksums, int maximumEndpoints) {
        this.output = output;
        this.errors = errors;
        this.counters = counters;
        this.checksums = checksums;
        this.receivers = new UdpEndpoint[maximumEndpoints];
    }

    public UdpDemultiplexer endpoints() {
        return endpoints;
    }

    @Override
    public void onPacket(Ipv4Header packet, boolean group, long nowNs) {
        StackCounter refusal = datagram.wrap(packet.memory(), packet.dataOffset(), packet.dataBytes());
        if (refusal == null && !hasValidChecksum(packet)) {
            refusal = StackCounter.DROP_UDP_CHECKSUM;
        }
        if (refusal != null) {
            counters.count(refusal);
        } else if (group) {
            deliverToAll(packet);
        } else {
            deliver(packet, nowNs);
        }
    }

    /** RFC 768: 0 means that the sender made no checksum; RFC 1122 section 4.1.3.4: else it must be right. */
    private boolean hasValidChecksum(Ipv4Header packet) {
        if (datagram.checksum() == 0) {
            return true;
        }
        int length = datagram.lengthBytes();
        int sum = Checksum.pseudoHeader(packet.source(), packet.destination(), IpProtocol.UDP, length);
        return Checksum.isValid(Checksum.combine(sum, Checksum.sum(packet.memory(), packet.dataOffset(), length)));
    }

    private void deliver(Ipv4Header packet, long nowNs) {
        int source = packet.source();
        int sourcePort = datagram.sourcePort();
        UdpEndpoint endpoint = endpoints.find(packet.destination(), datagram.destinationPort(), source, sourcePort);
        if (endpoint == null) {
            counters.count(StackCounter.DROP_UDP_NO_PORT);
            errors.portUnreachable(packet, false, nowNs);
            return;
        }
        counters.count(StackCounter.UDP_DATAGRAMS_RECEIVED);
        endpoint.onDatagram(packet.memory(), datagram.dataOffset(), datagram.dataBytes(), source, sourcePort);
    }

    /** Each receiver may close others, so they are all found first. */
    private void deliverToAll(Ipv4Header packet) {
        int source = packet.source();
        int port = datagram.destinationPort();
        int sourcePort = datagram.sourcePort();
        int count = port == 0 ? 0 : endpoints.findAll(packet.destination(), port, source, sourcePort, receivers);
        if (count == 0) {
            counters.count(StackCounter.DROP_UDP_NO_PORT);
            return;
        }
        counters.count(StackCounter.UDP_DATAGRAMS_RECEIVED);
        for (int i = 0; i < count; i++) {
            UdpEndpoint receiver = receivers[i];
            receivers[i] = null;
            if (receiver != null && receiver.localPort == port) {
                receiver.onDatagram(packet.memory(), datagram.dataOffset(), datagram.dataBytes(), source, sourcePort);
            }
        }
    }

    /**
     * Sends a datagram, composed in the frame that carries it or cut up when it fits in none.
     *
     * @param source ours
     * @param dataBytes 0 to {@link #MAXIMUM_DATA_BYTES}
     */
    public SendOutcome send(
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int typeOfService,
            MemorySegment data,
            long dataOffset,
            int dataBytes,
            long nowNs) {
        int length = UdpHeader.LENGTH_BYTES + dataBytes;
        SendOutcome outcome = output.begin(IpProtocol.UDP, source, destination, typeOfService, length, nowNs);
        try {
            if (outcome == SendOutcome.SENT) {
                UdpHeader.write(output.memory(), output.dataOffset(), sourcePort, destinationPort, length, 0);
                finish(source, destination, data, dataOffset, dataBytes);
            } else if (outcome == SendOutcome.TOO_BIG) {
                UdpHeader.write(fragmentedHeader, 0, sourcePort, destinationPort, length, 0);
                if (checksums) {
                    int sum = Checksum.pseudoHeader(source, destination, IpProtocol.UDP, length);
                    sum = Checksum.combine(sum, Checksum.sum(fragmentedHeader, 0, UdpHeader.LENGTH_BYTES));
                    sum = Checksum.combine(sum, Checksum.sum(data, dataOffset, dataBytes));
                    UdpHeader.writeChecksum(fragmentedHeader, 0, checksumField(sum));
                }
                outcome = output.sendFragmented(
                        IpProtocol.UDP,
                        source,
                        destination,
                        typeOfService,
                        fragmentedHeader,
                        UdpHeader.LENGTH_BYTES,
                        data,
                        dataOffset,
                        dataBytes,
                        nowNs);
            }
        } finally {
            // The data may lie in memory that its owner has cut short.
            output.abandon();
        }
        if (outcome == SendOutcome.SENT) {
            counters.count(StackCounter.UDP_DATAGRAMS_SENT);
        }
        return outcome;
    }

    /**
     * Sends a datagram whose data was composed in a frame of the link, behind {@link #COMPOSED_OFFSET} bytes for all headers. The frame
     * leaves as it is where the datagram goes to the link in one packet; otherwise the data is copied. It is the link's again afterwards.
     *
     * @return as {@link #send}; {@link #wasInPlace} says more
     */
    public SendOutcome sendComposed(
            int source,
            int sourcePort,
            int destination,
            int destinationPort,
            int typeOfService,
            FrameBuffer frame,
            int dataBytes,
            long nowNs) {
        output.beginInPlace(frame);
        try {
            return send(
                    source,
                    sourcePort,
                    destination,
                    destinationPort,
                    typeOfService,
                    frame.memory,
                    frame.offset + COMPOSED_OFFSET,
                    dataBytes,
                    nowNs);
        } finally {
            wasInPlace = output.endInPlace();
        }
    }

    /** Whether the last {@link #sendComposed} copied nothing. */
    public boolean wasInPlace() {
        return wasInPlace;
    }

    /** Gives back a frame in which something was composed that is not sent. */
    public void release(FrameBuffer frame) {
        output.release(frame);
    }

    /** Puts the data behind the header that is written, and sums both. */
    private void finish(int source, int destination, MemorySegment data, long dataOffset, int dataBytes) {
        MemorySegment memory = output.memory();
        long at = output.dataOffset();
        if (!output.isInPlace()) {
            MemorySegment.copy(data, dataOffset, memory, at + UdpHeader.LENGTH_BYTES, dataBytes);
        }
        if (checksums) {
            int length = UdpHeader.LENGTH_BYTES + dataBytes;
            int sum = Checksum.pseudoHeader(source, destination, IpProtocol.UDP, length);
            UdpHeader.writeChecksum(memory, at, checksumField(Checksum.combine(sum, Checksum.sum(memory, at, length))));
        }
        output.finish();
    }

    /** RFC 768: a checksum of 0 is sent as all ones, which is the same number in one's complement. */
    private static int checksumField(int sum) {
        int checksum = Checksum.complement(sum);
        return checksum == 0 ? 0xFFFF : checksum;
    }

    @Override
    public boolean onError(Ipv4Header quoted, NetworkError error, long nowNs) {
        quotedDatagram.wrapQuoted(quoted.memory(), quoted.dataOffset());
        UdpEndpoint endpoint = endpoints.find(
                quoted.source(), quotedDatagram.sourcePort(), quoted.destination(), quotedDatagram.destinationPort());
        if (endpoint == null) {
            return false;
        }
        endpoint.onError(error);
        return true;
    }
}
