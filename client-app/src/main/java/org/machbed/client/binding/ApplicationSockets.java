package org.machbed.client.binding;

import java.io.IOException;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;
import org.machbed.client.channel.MachbedSelectorProvider;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.UsageException;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.ReadinessSetLayer;
import org.machbed.netstack.socket.SocketLayerFactory;
import org.machbed.netstack.socket.StreamSocketLayer;
import org.machbed.proto.bsd.BsdCall;

/** A binding that is open: where an application gets its channels from. Closed after the channels. */
public final class ApplicationSockets implements AutoCloseable {
    /** Servers start before applications, but may take a moment to register. */
    private static final Duration SERVER_TIMEOUT = Duration.ofSeconds(10);

    private final @Nullable SelectorProvider provider;
    private final @Nullable DatagramSocketLayer layer;
    private final Consumer<ObjLongConsumer<String>> stackCounters;

    private ApplicationSockets(@Nullable SelectorProvider provider, @Nullable DatagramSocketLayer layer) {
        this(provider, layer, _ -> {});
    }

    private ApplicationSockets(
            @Nullable SelectorProvider provider,
            @Nullable DatagramSocketLayer layer,
            Consumer<ObjLongConsumer<String>> stackCounters) {
        this.provider = provider;
        this.layer = layer;
        this.stackCounters = stackCounters;
    }

    /**
     * Opens a binding to sockets that somebody else has, or that a server in this process has.
     *
     * @param binding not {@link Binding#LIBRARY}: see {@link #ofLibrary}
     * @param serverArguments for {@link Binding#CALL}, as {@code key=value;...}
     * @throws UsageException when those are malformed
     */
    public static ApplicationSockets open(
            Binding binding, HostDirectory host, MachTransport ipc, String serverArguments, Crossings crossings)
            throws IOException {
        return switch (binding) {
            case NONE -> new ApplicationSockets(null, null);
            case LINUX -> new ApplicationSockets(SelectorProvider.provider(), null);
            case TRAP -> overAll(TrapSocketLayer.open(host.kernelGate(), crossings));
            case EMULATION -> overAll(EmulationLibrary.open(host, ipc, SERVER_TIMEOUT, crossings));
            case UDP_RPC -> over(UdpServerStub.open(host, ipc, SERVER_TIMEOUT, crossings));
            case CALL -> over(inProcess(keysAndValues(serverArguments)));
            case LIBRARY -> throw new IllegalArgumentException("the protocol library has a configuration of its own");
        };
    }

    /** Opens the protocol library in this process. */
    public static ApplicationSockets ofLibrary(LibraryConfiguration configuration, Crossings crossings)
            throws IOException {
        LibrarySocketLayer layer = configuration.open(crossings);
        return new ApplicationSockets(new MachbedSelectorProvider(layer, layer, layer), layer, layer::tellCounters);
    }

    /**
     * Sockets of the protocol library in this process and of the Unix server beside it.
     *
     * @param stackCounters tells those of the library
     */
    public static <L extends DatagramSocketLayer & StreamSocketLayer & ReadinessSetLayer> ApplicationSockets of(
            L layer, Consumer<ObjLongConsumer<String>> stackCounters) {
        return new ApplicationSockets(new MachbedSelectorProvider(layer, layer, layer), layer, stackCounters);
    }

    private static ApplicationSockets over(DatagramSocketLayer layer) {
        return new ApplicationSockets(new MachbedSelectorProvider(layer), layer);
    }

    private static <L extends DatagramSocketLayer & StreamSocketLayer & ReadinessSetLayer> ApplicationSockets overAll(
            L layer) {
        return new ApplicationSockets(new MachbedSelectorProvider(layer, layer, layer), layer);
    }

    private static DatagramSocketLayer inProcess(Map<String, String> arguments) throws IOException {
        List<String> found = new ArrayList<>();
        // Of those beside this class: an application's own class loader knows nothing of them.
        ClassLoader beside = ApplicationSockets.class.getClassLoader();
        for (SocketLayerFactory factory : ServiceLoader.load(SocketLayerFactory.class, beside)) {
            if (factory.name().equals(BsdCall.UDP_SERVER)) {
                return factory.open(arguments);
            }
            found.add(factory.name());
        }
        throw new IOException("no server named " + BsdCall.UDP_SERVER + " is on the class path, only " + found);
    }

    static Map<String, String> keysAndValues(String text) {
        Map<String, String> arguments = new LinkedHashMap<>();
        for (String word : text.split(";", -1)) {
            int equals = word.indexOf('=');
            if (equals <= 0 || arguments.put(word.substring(0, equals), word.substring(equals + 1)) != null) {
                throw new UsageException(
                        "--server-arguments has \"" + word + "\", which is not key=value or has its key twice");
            }
        }
        return arguments;
    }

    /**
     * Where channels come from.
     *
     * @throws UsageException when the process was started without a binding
     */
    public SelectorProvider provider() {
        if (provider == null) {
            throw new UsageException("this process has no sockets: it was started with --binding=none");
        }
        return provider;
    }

    /** Tells the counters of the stack, where it is in this process; nothing otherwise. */
    public void tellStackCounters(ObjLongConsumer<String> consumer) {
        stackCounters.accept(consumer);
    }

    @Override
    public void close() {
        if (layer != null) {
            layer.close();
        }
    }
}
