package org.machbed.kernel.device;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import org.machbed.kernel.port.SendRight;
import org.machbed.netstack.filter.PacketFilter;

/** The ports of tasks that filters of a device send to: one filter a port, until the port dies. Any thread. */
final class FilterPorts {
    private final NetworkDevice device;
    private final List<FilterPort> installed = new ArrayList<>();

    FilterPorts(NetworkDevice device) {
        this.device = device;
    }

    /** A port of a filter. */
    private record FilterPort(SendRight right) implements FrameDestination {
        @Override
        public boolean send(int id, ByteString body) {
            return right.send(id, body);
        }

        @Override
        public boolean isDead() {
            return right.isDead();
        }
    }

    /** Installs a filter in place of the one that the port had; keeps {@code right}, or gives it up when that fails. */
    void install(PacketFilter filter, SendRight right) throws DeviceException {
        FilterPort port = new FilterPort(right);
        try {
            replace(filter, port);
        } catch (DeviceException e) {
            right.release();
            throw e;
        }
        right.onDeath(() -> remove(port));
    }

    private synchronized void replace(PacketFilter filter, FilterPort port) throws DeviceException {
        for (FilterPort present : List.copyOf(installed)) {
            if (present.right.isToPortOf(port.right)) {
                remove(present);
            }
        }
        device.setFilter(filter, port);
        installed.add(port);
    }

    private synchronized void remove(FilterPort port) {
        if (installed.remove(port)) {
            device.removeFilter(port);
            port.right.release();
        }
    }
}
