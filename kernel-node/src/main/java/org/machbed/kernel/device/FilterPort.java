package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import org.machbed.kernel.port.SendRight;
import org.machbed.netstack.filter.PacketFilter;

/** The port of a task that a filter sends to. Two are equal when their rights are to the same port. */
record FilterPort(SendRight right) implements FrameDestination {
    /** Installs a filter for a port, until the port dies. Gives the right up when that fails. */
    static void install(NetworkDevice device, PacketFilter filter, SendRight right) throws DeviceException {
        FilterPort port = new FilterPort(right);
        try {
            device.setFilter(filter, port);
        } catch (DeviceException e) {
            right.release();
            throw e;
        }
        right.onDeath(() -> {
            device.removeFilter(port);
            right.release();
        });
    }

    @Override
    public boolean send(int id, ByteString body) {
        return right.send(id, body);
    }

    @Override
    public boolean isDead() {
        return right.isDead();
    }
}
