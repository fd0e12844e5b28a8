package org.machbed.link.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.machbed.link.LinkCounters;
import org.machbed.netstack.MacAddress;

/**
 * A wire's open file, before anybody drives it. Opening it takes privileges and the right network namespace; driving it takes neither,
 * so another process may do that, which was handed the descriptor.
 */
public final class WireDescriptor implements AutoCloseable {
    private final Attachment attachment;
    private final String wire;
    private final LinkCounters counters;

    private WireDescriptor(Attachment attachment, String wire, LinkCounters counters) {
        this.attachment = attachment;
        this.wire = wire;
        this.counters = counters;
    }

    /** As {@link InterfaceLink#openTap}, without a driver. */
    public static WireDescriptor openTap(InterfaceName name, MacAddress address, int mtuBytes) throws IOException {
        InterfaceLink.check(address, mtuBytes);
        return tap(TapDevice.open(name, mtuBytes), name);
    }

    /** As {@link InterfaceLink#openBridge}, without a driver. */
    public static WireDescriptor openBridge(InterfaceChoice choice, MacAddress address, int mtuBytes)
            throws IOException {
        InterfaceLink.check(address, mtuBytes);
        return bridge(PacketSocket.open(choice, address, mtuBytes));
    }

    /** As {@link InterfaceLink#openUdp}, without a driver. */
    public static WireDescriptor openUdp(UdpEndpoint local, List<UdpEndpoint> peers, MacAddress address, int mtuBytes)
            throws IOException {
        InterfaceLink.check(address, mtuBytes);
        UdpEndpoint here = local.resolved();
        List<UdpEndpoint> there = new ArrayList<>();
        for (UdpEndpoint peer : peers) {
            there.add(peer.resolved());
        }
        LinkCounters counters = new LinkCounters();
        return udp(UdpSegment.open(here, there, mtuBytes, counters), here, there, counters);
    }

    /** A TAP device that another process opened. */
    public static WireDescriptor adoptTap(int descriptor, InterfaceName name) {
        return tap(new TapDevice(name, descriptor), name);
    }

    /** A packet socket that another process opened, with a filter for the station that is to drive it. */
    public static WireDescriptor adoptBridge(int descriptor, InterfaceName name) {
        return bridge(PacketSocket.adopt(name, descriptor));
    }

    /** An end of a UDP wire that another process bound; all ends with their addresses. */
    public static WireDescriptor adoptUdp(int descriptor, UdpEndpoint local, List<UdpEndpoint> peers, int mtuBytes) {
        LinkCounters counters = new LinkCounters();
        return udp(new UdpSegment(local, peers, descriptor, mtuBytes, counters), local, peers, counters);
    }

    private static WireDescriptor tap(TapDevice device, InterfaceName name) {
        return new WireDescriptor(device, "tap:" + name, new LinkCounters());
    }

    private static WireDescriptor bridge(PacketSocket socket) {
        return new WireDescriptor(socket, "bridge:" + socket.name(), new LinkCounters());
    }

    private static WireDescriptor udp(
            UdpSegment segment, UdpEndpoint local, List<UdpEndpoint> peers, LinkCounters counters) {
        String ends = peers.stream().map(peer -> ",peer=" + peer).collect(Collectors.joining());
        return new WireDescriptor(segment, "udp:" + local + ends, counters);
    }

    /** The descriptor's number. */
    public int number() {
        return attachment.descriptor();
    }

    /** The wire as a {@link org.machbed.link.LinkSpecification} calls it, with the names and the subnets in it looked up. */
    public String wire() {
        return wire;
    }

    /**
     * Drives it from here; closing the link closes the descriptor.
     *
     * @param address the station that it was opened for
     */
    public InterfaceLink drive(MacAddress address, int mtuBytes) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return new InterfaceLink(arena, attachment, new WakeUpEvent(arena), address, mtuBytes, counters);
        } catch (IOException | RuntimeException | Error e) {
            attachment.close();
            arena.close();
            throw e;
        }
    }

    /** Closes the descriptor, where no link does; once. */
    @Override
    public void close() {
        attachment.close();
    }
}
