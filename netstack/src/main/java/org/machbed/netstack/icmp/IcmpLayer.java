package org.machbed.netstack.icmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.machbed.netstack.Checksum;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.ipv4.NetworkError;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.ipv4.UpperProtocol;
import org.machbed.netstack.ipv4.UpperProtocols;

/** Answers echo requests and hands errors to the protocol whose packet they quote. */
public final class IcmpLayer implements UpperProtocol {
    private final LocalAddresses local;
    private final Ipv4Output output;
    private final UpperProtocols protocols;
    private final StackCounters counters;
    private final IcmpHeader message = new IcmpHeader();
    private final Ipv4Header quoted = new Ipv4Header();

    private final EchoOptions options = new EchoOptions();

    /** The start of an echo reply that does not fit in one packet. */
    private final MemorySegment replyHeader = Arena.ofAuto().allocate(IcmpHeader.LENGTH_BYTES);

    public IcmpLayer(LocalAddresses local, Ipv4Output output, UpperProtocols protocols, StackCounters counters) {
        this.local = local;
        this.output = output;
        this.protocols = protocols;
        this.counters = counters;
    }

    @Override
    public void onPacket(Ipv4Header packet, boolean group, long nowNs) {
        StackCounter refusal = message.wrap(packet.memory(), packet.dataOffset(), packet.dataBytes());
        if (refusal != null) {
            counters.count(refusal);
            return;
        }
        switch (message.type()) {
            case IcmpHeader.ECHO_REQUEST -> onEchoRequest(packet, group, nowNs);
            case IcmpHeader.ECHO_REPLY -> counters.count(StackCounter.ICMP_ECHO_REPLIES_RECEIVED);
            case IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.TIME_EXCEEDED, IcmpHeader.PARAMETER_PROBLEM ->
                onErrorMessage(nowNs);
            // Source quench is obsolete (RFC 6633) and redirects are an attacker's tool: neither is heeded.
            default -> counters.count(StackCounter.DROP_ICMP_IGNORED_TYPE);
        }
    }

    /**
     * RFC 1122 section 3.2.2.6: the data come back as they are, from the address asked; broadcasts are not answered. A reply that
     * does not fit in one packet goes without options.
     */
    private void onEchoRequest(Ipv4Header packet, boolean group, long nowNs) {
        if (group) {
            counters.count(StackCounter.DROP_ICMP_BROADCAST);
            return;
        }
        counters.count(StackCounter.ICMP_ECHO_REQUESTS_RECEIVED);
        int source = packet.destination();
        int destination = packet.source();
        int tos = packet.typeOfService();
        int length = message.lengthBytes();
        int code = message.code();
        int checksum = replyChecksum(code);
        int optionsBytes = packet.headerBytes() == Ipv4Header.MINIMUM_BYTES ? 0 : options.take(packet, nowNs);
        SendOutcome outcome =
                output.begin(IpProtocol.ICMP, source, destination, tos, options.memory(), optionsBytes, length, nowNs);
        if (outcome == SendOutcome.SENT) {
            MemorySegment memory = output.memory();
            long at = output.dataOffset();
            IcmpHeader.write(memory, at, IcmpHeader.ECHO_REPLY, code, checksum, message.rest());
            MemorySegment.copy(
                    message.memory(), message.dataOffset(), memory, at + IcmpHeader.LENGTH_BYTES, message.dataBytes());
            output.finish();
        } else if (outcome == SendOutcome.TOO_BIG) {
            IcmpHeader.write(replyHeader, 0, IcmpHeader.ECHO_REPLY, code, checksum, message.rest());
            outcome = output.sendFragmented(
                    IpProtocol.ICMP,
                    source,
                    destination,
                    tos,
                    replyHeader,
                    IcmpHeader.LENGTH_BYTES,
                    message.memory(),
                    message.dataOffset(),
                    message.dataBytes(),
                    nowNs);
        }
        if (outcome == SendOutcome.SENT) {
            counters.count(StackCounter.ICMP_ECHO_REPLIES_SENT);
        }
    }

    /**
     * The request's checksum with only the type changed (RFC 1624 equation 3), which takes a reply of nothing but zeros for one
     * whose words sum up to all ones.
     */
    private int replyChecksum(int code) {
        int newWord = IcmpHeader.ECHO_REPLY << 8 | code;
        int sum = Checksum.combine(Checksum.complement(message.checksum()), Checksum.complement(message.typeAndCode()));
        int checksum = Checksum.complement(Checksum.combine(sum, newWord));
        boolean zeros = checksum == 0
                && (newWord | message.rest()) == 0
                && Checksum.sum(message.memory(), message.dataOffset(), message.dataBytes()) == 0;
        return zeros ? Checksum.complement(0) : checksum;
    }

    private void onErrorMessage(long nowNs) {
        counters.count(StackCounter.ICMP_ERRORS_RECEIVED);
        if (!quoted.wrapQuoted(message.memory(), message.dataOffset(), message.dataBytes())
                || !local.isThisHost(quoted.source())
                || quoted.fragmentOffsetBytes() != 0) {
            counters.count(StackCounter.DROP_ICMP_BAD_QUOTE);
            return;
        }
        NetworkError error = meaning(message.type(), message.code());
        boolean related = error != null && deliver(quoted, error, nowNs);
        if (!related) {
            counters.count(StackCounter.DROP_ICMP_UNRELATED);
        } else if (error == NetworkError.FRAGMENTATION_NEEDED) {
            notePathMtu(nowNs);
        }
    }

    private void notePathMtu(long nowNs) {
        boolean news = output.noteFragmentationNeeded(
                quoted.destination(), message.nextHopMtuBytes(), quoted.totalLengthField(), nowNs);
        UpperProtocol upper = protocols.of(quoted.protocol());
        if (news && upper != null) {
            upper.onPathMtu(quoted, nowNs);
        }
    }

    private boolean deliver(Ipv4Header quoted, NetworkError error, long nowNs) {
        UpperProtocol upper = protocols.of(quoted.protocol());
        return upper != null && upper.onError(quoted, error, nowNs);
    }

    /** RFC 1122 section 3.2.2.1 gives the codes 6 to 12 the meaning of net or host unreachable. */
    private static @Nullable NetworkError meaning(int type, int code) {
        return switch (type) {
            case IcmpHeader.TIME_EXCEEDED -> NetworkError.TIME_EXCEEDED;
            case IcmpHeader.PARAMETER_PROBLEM -> NetworkError.PARAMETER_PROBLEM;
            default ->
                switch (code) {
                    case IcmpHeader.NET_UNREACHABLE, 6, 9, 11 -> NetworkError.NET_UNREACHABLE;
                    case IcmpHeader.HOST_UNREACHABLE, 5, 7, 8, 10, 12, 13 -> NetworkError.HOST_UNREACHABLE;
                    case IcmpHeader.PROTOCOL_UNREACHABLE -> NetworkError.PROTOCOL_UNREACHABLE;
                    case IcmpHeader.PORT_UNREACHABLE -> NetworkError.PORT_UNREACHABLE;
                    case IcmpHeader.FRAGMENTATION_NEEDED -> NetworkError.FRAGMENTATION_NEEDED;
                    default -> null;
                };
        };
    }

    /** Nobody here asks with ICMP, so no error is about a message of ours that anybody waits for. */
    @Override
    public boolean onError(Ipv4Header quoted, NetworkError error, long nowNs) {
        return false;
    }
}
