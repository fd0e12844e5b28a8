package org.machbed.server.driver;

import java.nio.file.Path;
import java.util.Optional;
import org.machbed.link.LinkSpecification;
import org.machbed.netstack.MacAddress;

/**
 * Which driver a server has.
 *
 * @param wire the link that the server joins itself, when it transmits by {@link TransmitBinding#CALL}
 * @param mac this host's station address
 * @param ipv4 the address whose packets the packet filter lets through, in host order
 * @param prefixLength bits of its network
 * @param mtuBytes largest packet, without Ethernet header
 * @param capture where to record the frames of {@code wire}
 * @param queue implementation of a window's queues
 * @param sessions whether sessions may leave the server: the device is its alone then, which it has a window of
 */
public record DriverConfiguration(
        TransmitBinding transmit,
        ReceiveBinding receive,
        Optional<LinkSpecification> wire,
        MacAddress mac,
        int ipv4,
        int prefixLength,
        int mtuBytes,
        Optional<Path> capture,
        String queue,
        boolean sessions) {
    public DriverConfiguration {
        if ((transmit == TransmitBinding.CALL) != (receive == ReceiveBinding.CALL)) {
            throw new IllegalArgumentException("a server that is the driver both transmits and receives by call");
        }
        if ((transmit == TransmitBinding.CALL) != wire.isPresent()) {
            throw new IllegalArgumentException(
                    wire.isPresent()
                            ? "a wire is for a server that transmits by call"
                            : "a server that transmits by call needs a wire");
        }
        if (transmit == TransmitBinding.WINDOW && receive != ReceiveBinding.WINDOW) {
            throw new IllegalArgumentException("a server that transmits by window receives by it too");
        }
        if (sessions && receive != ReceiveBinding.WINDOW) {
            throw new IllegalArgumentException("sessions leave a server that receives by window only");
        }
        if (capture.isPresent() && wire.isEmpty()) {
            throw new IllegalArgumentException("a capture needs a wire of the server's own");
        }
    }

    /** Whether the driver is in the kernel, to which the server then needs a task. */
    public boolean isInKernel() {
        return transmit != TransmitBinding.CALL;
    }
}
