package org.machbed.client.library;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.machbed.client.channel.Ends;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.channel.StreamEnds;
import org.machbed.ipc.process.Crossings;
import org.machbed.link.LinkEnd;
import org.machbed.link.segment.SegmentLink;
import org.machbed.netstack.Ipv4Address;
import org.machbed.netstack.MacAddress;
import org.machbed.netstack.StackConfiguration;

/** Two libraries in the test's own process, each a host, on one segment. */
final class LibraryHosts implements AutoCloseable {
    static final int MTU_BYTES = 1500;
    static final String ADDRESS_A = "192.0.2.1";
    static final String ADDRESS_B = "192.0.2.2";
    /** The last one has nobody any more who could acknowledge what it sends. */
    private static final List<Duration> LINGER = List.of(Duration.ofSeconds(10), Duration.ofMillis(200));

    private final List<LibrarySocketLayer> layers = new ArrayList<>();
    private final List<Crossings> crossings = new ArrayList<>();

    LibraryHosts(Path directory) throws IOException {
        for (String address : List.of(ADDRESS_A, ADDRESS_B)) {
            int ipv4 = Ipv4Address.parse(address);
            MacAddress mac = new MacAddress(0x0200_0000_0000L | (ipv4 & 0xFF));
            LinkEnd link = SegmentLink.join(directory.resolve("wire"), mac, MTU_BYTES);
            var configuration = new StackConfiguration(mac, ipv4, 24, 0, MTU_BYTES, ipv4, true);
            Crossings own = Crossings.unshared();
            crossings.add(own);
            layers.add(LibrarySocketLayer.open(link, configuration, LINGER.get(layers.size()), own));
        }
    }

    /** Of host a, 0, or b, 1. */
    LibrarySocketLayer layer(int host) {
        return layers.get(host);
    }

    Crossings crossings(int host) {
        return crossings.get(host);
    }

    SelectorProvider provider(int host) {
        LibrarySocketLayer layer = layer(host);
        return new MachbedSelectorProvider(layer, layer, layer);
    }

    Ends ends() {
        return new Ends(provider(0), ADDRESS_A, provider(1), ADDRESS_B);
    }

    /** Clients on host a, servers on host b. */
    StreamEnds streamEnds() {
        return new StreamEnds(provider(0), provider(1), ADDRESS_B);
    }

    @Override
    public void close() {
        layers.forEach(LibrarySocketLayer::close);
    }
}
