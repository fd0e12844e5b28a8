package org.machbed.testbed.peer;

import java.io.IOException;
import java.util.List;

/** A wire with a host of ours on one end and a Linux host on the other. */
sealed interface PeerWire extends AutoCloseable {
    String OURS = "192.0.2.2";
    String LINUX = "192.0.2.1";
    String PREFIX = "/24";

    /** What {@code --wire} takes. */
    String specification();

    /** The Linux host. */
    Namespace linux();

    /** The command that runs another one where our end of the wire is. */
    List<String> place();

    /** Brings Linux onto the wire, now that our host is there. */
    void join() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;

    /**
     * A TAP device, which our host makes.
     *
     * @param impairments as {@code ,loss=0.01,seed=7}; may be empty
     */
    static PeerWire tap(String impairments) throws IOException, InterruptedException {
        return new Tap(Namespace.newName(), impairments, new Namespace());
    }

    /**
     * A veth pair.
     *
     * @param impairments as those of {@link #tap}
     */
    static PeerWire bridge(String impairments) throws IOException, InterruptedException {
        String ours = Namespace.newName();
        String theirs = Namespace.newName();
        var here = new Namespace();
        var linux = new Namespace();
        here.pair(ours, linux, theirs);
        here.up(ours);
        linux.up(theirs, LINUX + PREFIX);
        return new Bridge(ours, impairments, here, linux);
    }

    /** The device is there once our host is, and goes with it. */
    record Tap(String device, String impairments, Namespace linux) implements PeerWire {
        @Override
        public String specification() {
            return "tap:" + device + impairments;
        }

        @Override
        public List<String> place() {
            return List.of();
        }

        @Override
        public void join() throws IOException, InterruptedException {
            linux.take(device, LINUX + PREFIX);
        }

        @Override
        public void close() throws IOException {
            linux.close();
        }
    }

    /** Our end is in a namespace too: in the machine's own, Linux might answer for our host. */
    record Bridge(String ours, String impairments, Namespace here, Namespace linux) implements PeerWire {
        @Override
        public String specification() {
            return "bridge:" + ours + impairments;
        }

        @Override
        public List<String> place() {
            return here.command();
        }

        @Override
        public void join() {
            // Both ends have been up since it was made.
        }

        @Override
        public void close() throws IOException {
            linux.close();
            here.close();
        }
    }
}
