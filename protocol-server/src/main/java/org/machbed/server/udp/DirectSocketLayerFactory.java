package org.machbed.server.udp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.process.UsageException;
import org.machbed.netstack.socket.DatagramSocketLayer;
import org.machbed.netstack.socket.SocketLayerFactory;
import org.machbed.server.ServerArguments;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.ServerThreadKind;
import org.machbed.server.StartingKernel;
import org.machbed.server.driver.Driver;
import org.machbed.server.driver.DriverConfiguration;
import org.machbed.server.driver.Drivers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Offers the restructured UDP server to an application that lives in its process; its arguments are {@link ServerArguments}. */
public final class DirectSocketLayerFactory implements SocketLayerFactory {
    private static final Logger LOG = LoggerFactory.getLogger(DirectSocketLayerFactory.class);

    @Override
    public String name() {
        return "udp-server";
    }

    @Override
    public DatagramSocketLayer open(Map<String, String> arguments) throws IOException {
        ServerArguments server = parse(arguments);
        if (server.server() != ServerKind.UDP) {
            throw new IllegalArgumentException("only --server=udp can have the application inside");
        }
        Deque<AutoCloseable> below = new ArrayDeque<>();
        try {
            return open(server, below);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closeAll(below, e);
            throw new IOException("interrupted while opening the server", e);
        } catch (IOException | RuntimeException e) {
            closeAll(below, e);
            throw e;
        }
    }

    private static ServerArguments parse(Map<String, String> arguments) {
        try {
            return Arguments.parse(arguments, ServerArguments.class);
        } catch (UsageException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static DatagramSocketLayer open(ServerArguments arguments, Deque<AutoCloseable> below)
            throws IOException, InterruptedException {
        HostDirectory host = HostDirectory.open(arguments.hostDirectory());
        Crossings crossings = crossings(host.crossings(arguments.processName()));
        below.push(crossings);
        DriverConfiguration configuration = arguments.driver();
        MachTask task = null;
        if (configuration.isInKernel()) {
            task = StartingKernel.connect(host, arguments.ipc(), arguments.processName() + "-server");
            below.push(task);
        }
        Driver driver = Drivers.open(configuration, task, host, crossings);
        below.push(driver);
        UdpService service = new UdpService(arguments.stack(), driver.output(), crossings, System::nanoTime);
        ServerThreadKind threadKind = arguments.threadKind();
        FrameInput input = new FrameInput(driver, service, threadKind, reason -> failed(service, reason));
        below.push(() -> {
            driver.source().stop();
            input.join();
        });
        stopWithKernel(task, service);
        service.start(reason -> failed(service, reason));
        input.start();
        return new DirectSocketLayer(service, crossings, below);
    }

    private static void stopWithKernel(@Nullable MachTask task, UdpService service) {
        if (task != null) {
            task.onKernelDeath(() -> failed(service, "the kernel-node is gone"));
        }
    }

    /** The application's waiting calls fail; it has no other way to hear of it. */
    private static void failed(UdpService service, String reason) {
        LOG.error("the UDP server stops: {}", reason);
        service.close();
    }

    /** The application and the server in it are one process, whose crossings have one file. */
    private static Crossings crossings(Path file) throws IOException {
        return Files.exists(file) ? Crossings.open(file) : Crossings.create(file);
    }

    private static void closeAll(Deque<AutoCloseable> below, Exception cause) {
        while (!below.isEmpty()) {
            try {
                below.pop().close();
            } catch (Exception e) {
                cause.addSuppressed(e);
            }
        }
    }
}
