package org.machbed.link;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.machbed.ipc.descriptor.DescriptorOffer;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.link.linux.WireDescriptor;
import org.machbed.netstack.MacAddress;

/**
 * A wire that a host's kernel has opened and another process of the host is to drive: its descriptor waits in the host's directory
 * until that process takes it, once. The kernel's own descriptor closes then, so that the wire ends with its driver.
 *
 * <p>Who takes it is known by its user: that of the process which made the counters of the name that the kernel was told. Processes of
 * one user have no secrets from each other anyway.
 */
public final class WireOffer implements AutoCloseable {
    private final WireDescriptor wire;
    private final DescriptorOffer offer;

    /** Guarded by {@code wire}. */
    private boolean wireClosed;

    private WireOffer(
            HostDirectory host, String process, LinkSpecification specification, MacAddress address, int mtuBytes)
            throws IOException {
        if (!(specification.wire() instanceof Wire.OnDescriptor opened)) {
            throw new IOException("wire " + specification.wire().name()
                    + " is no open file that could be handed over: whoever drives it opens it");
        }
        this.wire = opened.attach(address, mtuBytes);
        String text = String.join(
                "\n",
                wire.wire() + specification.impairments().options(),
                address.toString(),
                String.valueOf(mtuBytes));
        try {
            Path counters = host.crossings(process);
            this.offer = DescriptorOffer.open(
                    host.wireSocket(), wire.number(), text, user -> check(user, process, counters), this::closeWire);
        } catch (IOException | RuntimeException | Error e) {
            closeWire();
            throw e;
        }
    }

    /**
     * Opens a wire and offers it.
     *
     * @param process name of the process that is to have it
     * @throws IOException when the wire cannot be had, naming why
     */
    public static WireOffer open(
            HostDirectory host, String process, LinkSpecification specification, MacAddress address, int mtuBytes)
            throws IOException {
        return new WireOffer(host, process, specification, address, mtuBytes);
    }

    private static void check(int user, String process, Path counters) throws IOException {
        int wanted;
        try {
            wanted = (int) Files.getAttribute(counters, "unix:uid");
        } catch (NoSuchFileException e) {
            throw new IOException("the wire is for " + process + ", which has not started", e);
        }
        if (user != wanted) {
            throw new IOException("the wire is for " + process + ", which is user " + wanted + " and not " + user);
        }
    }

    /** What the kernel handed over. */
    record Handed(LinkSpecification specification, WireDescriptor wire, MacAddress address, int mtuBytes) {
        /** Drives it, impaired as the kernel was told. */
        LinkEnd open() throws IOException {
            return specification.impaired(wire.drive(address, mtuBytes));
        }
    }

    /**
     * Takes the wire of a host.
     *
     * @throws IOException when there is none to take, or it is another station's
     */
    static Handed take(HostDirectory host, MacAddress address, int mtuBytes) throws IOException {
        DescriptorOffer.Taken taken = DescriptorOffer.take(host.wireSocket());
        String[] lines = taken.text().split("\n", -1);
        if (lines.length != 3) {
            throw new IOException("the kernel of " + host + " says of its wire what makes no sense: " + taken.text());
        }
        LinkSpecification specification = LinkSpecification.parse(lines[0]);
        if (!(specification.wire() instanceof Wire.OnDescriptor opened)) {
            throw new IOException("the kernel of " + host + " handed over what is no open file: " + lines[0]);
        }
        WireDescriptor wire = opened.adopt(taken.descriptor(), mtuBytes);
        if (!lines[1].equals(address.toString()) || !lines[2].equals(String.valueOf(mtuBytes))) {
            wire.close();
            throw new IOException("the kernel's wire is that of " + lines[1] + " with an MTU of " + lines[2]
                    + " bytes, the driver's " + address + " with one of " + mtuBytes);
        }
        return new Handed(specification, wire, address, mtuBytes);
    }

    private void closeWire() {
        synchronized (wire) {
            if (!wireClosed) {
                wireClosed = true;
                wire.close();
            }
        }
    }

    /** Takes back what nobody has taken. */
    @Override
    public void close() {
        offer.close();
        closeWire();
    }
}
