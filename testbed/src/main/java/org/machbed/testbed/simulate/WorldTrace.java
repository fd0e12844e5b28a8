package org.machbed.testbed.simulate;

import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackCounter;
import org.machbed.netstack.ethernet.EtherType;
import org.machbed.netstack.ethernet.EthernetHeader;
import org.machbed.netstack.ipv4.IpProtocol;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.simulation.SimulationListener;
import org.machbed.netstack.tcp.TcpHeader;

/** Prints what happens in a world, a line each: {@code >} a frame that is sent, {@code <} one that arrives. */
public final class WorldTrace implements SimulationListener {
    private static final double SECOND_NS = 1e9;

    private final PrintWriter out;
    private final EthernetHeader frame = new EthernetHeader();
    private final Ipv4Header packet = new Ipv4Header();
    private final TcpHeader segment = new TcpHeader();
    private long startNs;
    private boolean started;

    public WorldTrace(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void onFrameSent(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
        print(nowNs, host + " > " + describe(memory, lengthBytes));
    }

    @Override
    public void onFrameArrived(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes) {
        print(nowNs, host + " < " + describe(memory, lengthBytes));
    }

    @Override
    public void onEvent(long nowNs, String who, String what) {
        print(nowNs, who + " " + what);
    }

    private void print(long nowNs, String line) {
        if (!started) {
            started = true;
            startNs = nowNs;
        }
        out.printf("%14.6f %s%n", (nowNs - startNs) / SECOND_NS, line);
    }

    private String describe(MemorySegment memory, int lengthBytes) {
        StackCounter refusal = frame.wrap(memory, 0, lengthBytes);
        if (refusal != null || frame.type() != EtherType.IPV4) {
            return refusal == null ? frame.toString() : "damaged: " + refusal;
        }
        int data = EthernetHeader.LENGTH_BYTES;
        refusal = packet.wrap(memory, data, lengthBytes - data);
        if (refusal != null || packet.protocol() != IpProtocol.TCP) {
            return refusal == null ? packet.toString() : "damaged: " + refusal;
        }
        refusal = segment.wrap(memory, packet.dataOffset(), packet.dataBytes());
        boolean whole = refusal == null
                && TcpHeader.hasValidChecksum(
                        memory, packet.dataOffset(), packet.dataBytes(), packet.source(), packet.destination());
        return whole ? "seq " + Integer.toUnsignedString(segment.sequence()) + " " + segment : "damaged: TCP";
    }
}
