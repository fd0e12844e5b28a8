package org.machbed.netstack.icmp;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.StackCounters;
import org.machbed.netstack.ipv4.ErrorReporter;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Output;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.ipv4.SendOutcome;
import org.machbed.netstack.time.TokenBucket;

/** Sends errors, where RFC 1122 section 3.2.2 allows them and not faster than a token bucket does (RFC 1812 section 4.3.2.8). */
public final class IcmpErrors implements ErrorReporter {
    /** RFC 1812 section 4.3.2.3: as much of the offending packet as fits in 576 octets. */
    static final int MAXIMUM_PACKET_BYTES = 576;

    static final int RATE_PER_SECOND = 1000;
    static final int BURST = 50;

    private final LocalAddresses local;
    private final Ipv4Output output;
    private final StackCounters counters;
    private final TokenBucket bucket = new TokenBucket(RATE_PER_SECOND, BURST);

    public IcmpErrors(LocalAddresses local, Ipv4Output output, StackCounters counters) {
        this.local = local;
        this.output = output;
        this.counters = counters;
    }

    @Override
    public void protocolUnreachable(Ipv4Header offending, boolean group, long nowNs) {
        report(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.PROTOCOL_UNREACHABLE, 0, offending, group, nowNs);
    }

    @Override
    public void portUnreachable(Ipv4Header offending, boolean group, long nowNs) {
        report(IcmpHeader.DESTINATION_UNREACHABLE, IcmpHeader.PORT_UNREACHABLE, 0, offending, group, nowNs);
    }

    @Override
    public void parameterProblem(Ipv4Header offending, int pointer, boolean group, long nowNs) {
        report(IcmpHeader.PARAMETER_PROBLEM, 0, pointer << 24, offending, group, nowNs);
    }

    @Override
    public void reassemblyTimeExceeded(Ipv4Header offending, boolean group, long nowNs) {
        report(IcmpHeader.TIME_EXCEEDED, IcmpHeader.REASSEMBLY_TIME_EXCEEDED, 0, offending, group, nowNs);
    }

    /** {@code rest} are the octets 4 to 7 of the message. */
    private void report(int type, int code, int rest, Ipv4Header offending, boolean group, long nowNs) {
        if (group || !mayAnswer(offending)) {
            counters.count(StackCounter.ICMP_ERRORS_WITHHELD);
            return;
        }
        if (!bucket.take(nowNs)) {
            counters.count(StackCounter.ICMP_ERRORS_RATE_LIMITED);
            return;
        }
        int mtu = Math.min(MAXIMUM_PACKET_BYTES, output.mtuTo(offending.source(), nowNs));
        int room = mtu - Ipv4Header.MINIMUM_BYTES - IcmpHeader.LENGTH_BYTES;
        int quoted = Math.min(offending.totalBytes(), room);
        int length = IcmpHeader.LENGTH_BYTES + quoted;
        int us = offending.destination();
        int them = offending.source();
        SendOutcome outcome = output.begin(IpProtocol.ICMP, us, them, 0, length, nowNs);
        if (outcome == SendOutcome.SENT) {
            MemorySegment memory = output.memory();
            long at = output.dataOffset();
            IcmpHeader.write(memory, at, type, code, 0, rest);
            MemorySegment.copy(offending.memory(), offending.offset(), memory, at + IcmpHeader.LENGTH_BYTES, quoted);
            IcmpHeader.writeChecksum(memory, at, length);
            output.finish();
            counters.count(StackCounter.ICMP_ERRORS_SENT);
        }
    }

    /** RFC 1122 section 3.2.2: not to an error, not to a later fragment, not to a source that is no single host. */
    private boolean mayAnswer(Ipv4Header offending) {
        if (offending.fragmentOffsetBytes() != 0 || !local.isOneHost(offending.source())) {
            return false;
        }
        if (offending.protocol() != IpProtocol.ICMP) {
            return true;
        }
        return offending.dataBytes() > 0
                && !IcmpHeader.isError(offending.memory().get(BigEndian.BYTE, offending.dataOffset()) & 0xFF);
    }
}
