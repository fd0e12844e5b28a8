package org.machbed.client.session;

import java.io.IOException;
import java.time.Duration;
import org.machbed.client.binding.EmulationLibrary;
import org.machbed.client.library.LibrarySocketLayer;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.ipc.window.QueueKind;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.tcp.TcpConfiguration;

/**
 * The protocol library of an application whose host has a Unix server.
 *
 * @param host the host's directory
 * @param ipc what carries messages
 * @param queue what the queues of its session window are made of
 * @param stack the host's; its neighbours and its buffers' memory are the library's own
 * @param timeout how long the server may take to register
 * @param linger how long its end waits at most for what the library still has
 * @param crossings where copies, frames, traps and hand-offs between threads are counted
 */
public record SessionConfiguration(
        HostDirectory host,
        MachTransport ipc,
        QueueKind queue,
        StackConfiguration stack,
        Duration timeout,
        Duration linger,
        Crossings crossings) {
    /** Opens what it needs from the bottom up. */
    SessionSocketLayer open() throws IOException {
        EmulationLibrary server = EmulationLibrary.open(host, ipc, timeout, crossings);
        try {
            return open(server, SessionWindowLink.open(server.sessions().task(), host, queue, crossings));
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private SessionSocketLayer open(EmulationLibrary server, SessionWindowLink link) throws IOException {
        SessionRecording recording;
        try {
            recording = SessionRecording.open(host, server.sessions(), link);
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
        SessionNeighbours neighbours = new SessionNeighbours(server.sessions());
        LibrarySocketLayer library;
        StackConfiguration own;
        try {
            own = own(link, recording, neighbours);
            library = LibrarySocketLayer.openSessions(link, own, linger, crossings, recording);
        } catch (RuntimeException e) {
            neighbours.close();
            link.close();
            recording.close();
            throw e;
        }
        try {
            return new SessionSocketLayer(server, library, link, neighbours, recording, own);
        } catch (RuntimeException e) {
            neighbours.close();
            library.close();
            if (library.isLinkClosed()) {
                recording.close();
            }
            throw e;
        }
    }

    private StackConfiguration own(SessionWindowLink link, SessionRecording recording, SessionNeighbours neighbours) {
        TcpConfiguration tcp = stack.tcp().toBuilder()
                .ringMemory(recording.rings())
                .memoryBytes(SessionRecording.RING_BYTES)
                .build();
        return new StackConfiguration(
                        link.address(),
                        stack.ipv4(),
                        stack.prefixLength(),
                        stack.gatewayIpv4(),
                        Math.min(stack.mtuBytes(), link.mtuBytes()),
                        stack.seed(),
                        stack.udpChecksum(),
                        tcp)
                .withNeighbours(neighbours::request);
    }
}
