package org.machbed.link;

import java.io.IOException;
import java.nio.file.Path;
import org.machbed.link.linux.InterfaceLink;
import org.machbed.link.linux.InterfaceName;
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
    record Tap(InterfaceName device) implements Wire {
        @Override
        public LinkEnd open(MacAddress address, int mtuBytes) throws IOException {
            return InterfaceLink.openTap(device, address, mtuBytes);
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
    record Bridge(InterfaceName iface) implements Wire {
        @Override
        public LinkEnd open(MacAddress address, int mtuBytes) throws IOException {
            return InterfaceLink.openBridge(iface, address, mtuBytes);
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
}
