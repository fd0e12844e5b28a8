package org.machbed.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.linux.InterfaceChoice;
import org.machbed.link.linux.InterfaceName;
import org.machbed.link.linux.UdpEndpoint;
import org.machbed.link.linux.WireDescriptor;
import org.machbed.link.segment.SegmentLink;
import org.machbed.link.segment.SegmentOptions;
import org.machbed.netstack.MacAddress;

/** What a link is made of. */
public sealed interface Wire {
    /**
     * Attaches a station.
     *
     * @throws IOException when that cannot be done, naming why
     */
    LinkEnd open(MacAddress address, int mtuBytes) throws IOException;

    /** Names it, for a capture. */
    String name();

    /** Whether other stations impair what arrives there by a {@link LinkSpecification} of their own. */
    boolean impairedByPeers();

    /** A wire that is one open file of Linux, which one process may open and another drive. */
    sealed interface OnDescriptor extends Wire {
        /**
         * Opens the file.
         *
         * @throws IOException when that cannot be done, naming why
         */
        WireDescriptor attach(MacAddress address, int mtuBytes) throws IOException;

        /** The file that another process opened, of a wire that {@link WireDescriptor#wire} called. */
        WireDescriptor adopt(int descriptor, int mtuBytes) throws IOException;

        @Override
        default LinkEnd open(MacAddress address, int mtuBytes) throws IOException {
            return attach(address, mtuBytes).drive(address, mtuBytes);
        }
    }

    /** A segment in shared memory, whose stations are all ours. */
    record Segment(Path directory, SegmentOptions options) implements Wire {
        @Override
        public LinkEnd open(MacAddress address, int mtuBytes) throws IOException {
            return SegmentLink.join(directory, address, mtuBytes, options);
        }

        @Override
        public String name() {
            return directory.toString();
        }

        @Override
        public boolean impairedByPeers() {
            return true;
        }
    }

    /** A TAP device, on which the machine's kernel is the peer. */
    record Tap(InterfaceName device) implements OnDescriptor {
        @Override
        public WireDescriptor attach(MacAddress address, int mtuBytes) throws IOException {
            return WireDescriptor.openTap(device, address, mtuBytes);
        }

        @Override
        public WireDescriptor adopt(int descriptor, int mtuBytes) {
            return WireDescriptor.adoptTap(descriptor, device);
        }

        @Override
        public String name() {
            return device.text();
        }

        @Override
        public boolean impairedByPeers() {
            return false;
        }
    }

    /** What an interface of the machine is on: a Docker bridge, a veth pair. */
    record Bridge(InterfaceChoice iface) implements OnDescriptor {
        @Override
        public WireDescriptor attach(MacAddress address, int mtuBytes) throws IOException {
            return WireDescriptor.openBridge(iface, address, mtuBytes);
        }

        @Override
        public WireDescriptor adopt(int descriptor, int mtuBytes) throws IOException {
            return WireDescriptor.adoptBridge(descriptor, iface.choose());
        }

        @Override
        public String name() {
            return iface.text();
        }

        @Override
        public boolean impairedByPeers() {
            return false;
        }
    }

    /**
     * A segment in UDP datagrams, whose stations are all ours.
     *
     * @param local its host may be a subnet in which this machine has one address
     * @param peers all other ends, each of which has this one among its own
     */
    record Udp(UdpEndpoint local, List<UdpEndpoint> peers) implements OnDescriptor {
        /** A frame to all costs a datagram to each. */
        private static final int MOST_PEERS = 64;

        public Udp {
            peers = List.copyOf(peers);
            if (peers.isEmpty() || peers.size() > MOST_PEERS) {
                throw new IllegalArgumentException(
                        "wire udp has 1 to " + MOST_PEERS + " options peer=HOST:PORT, not " + peers.size());
            }
            if (Set.copyOf(peers).size() < peers.size() || peers.contains(local)) {
                throw new IllegalArgumentException("a peer of wire udp stands twice, or is its own end");
            }
            for (UdpEndpoint peer : peers) {
                if (peer.isSubnet()) {
                    throw new IllegalArgumentException("peer " + peer + " is a subnet, and one machine is wanted");
                }
            }
        }

        @Override
        public WireDescriptor attach(MacAddress address, int mtuBytes) throws IOException {
            return WireDescriptor.openUdp(local, peers, address, mtuBytes);
        }

        @Override
        public WireDescriptor adopt(int descriptor, int mtuBytes) {
            return WireDescriptor.adoptUdp(descriptor, local, peers, mtuBytes);
        }

        @Override
        public String name() {
            return local.toString();
        }

        @Override
        public boolean impairedByPeers() {
            return true;
        }
    }

    /** The wire of a host's kernel, which opens it and hands it over to the process that drives it. */
    record Kernel(Path hostDirectory) implements Wire {
        /** What the kernel handed over is impaired and recorded as the kernel was told: see {@link WireOffer#take}. */
        @Override
        public LinkEnd open(MacAddress address, int mtuBytes) throws IOException {
            return WireOffer.take(HostDirectory.open(hostDirectory), address, mtuBytes)
                    .open();
        }

        @Override
        public String name() {
            return hostDirectory.toString();
        }

        /** The kernel's specification says what impairs whom; this one has no impairments. */
        @Override
        public boolean impairedByPeers() {
            return true;
        }
    }
}
