package org.machbed.kernel.port;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.machbed.ipc.mach.MachCode;
import org.machbed.ipc.mach.MachLimits;
import org.machbed.kernel.port.NameSpace.Entry;
import org.machbed.kernel.port.Waiting.LookUp;
import org.machbed.proto.mach.TaskFrame;

/**
 * The host's bootstrap directory: services by name, each with one send right that the directory holds while the port lives. First
 * come, first registered. Guarded by the relay's lock.
 */
final class Directory {
    private static final int MAX_SERVICES = 1024;

    private final Relay relay;
    private final Map<String, Port> services = new HashMap<>();
    private final List<LookUp> lookUps = new ArrayList<>();

    Directory(Relay relay) {
        this.relay = relay;
    }

    MachCode register(Task task, TaskFrame frame) {
        Entry entry = task.space.find(frame.getName());
        if (entry == null) {
            return MachCode.KERN_INVALID_NAME;
        }
        if (entry.port == null || !(entry.receive || entry.sendReferences > 0)) {
            return MachCode.KERN_INVALID_RIGHT;
        }
        String service = frame.getText();
        if (service.isEmpty() || service.length() > MachLimits.MAX_SERVICE_NAME) {
            return MachCode.KERN_INVALID_ARGUMENT;
        }
        if (services.size() >= MAX_SERVICES) {
            return MachCode.KERN_RESOURCE_SHORTAGE;
        }
        return register(service, entry.port, entry.receive) ? MachCode.KERN_SUCCESS : MachCode.KERN_NAME_EXISTS;
    }

    /** Registers, unless the service has a living port. */
    boolean register(String service, Port port, boolean makesRight) {
        if (services.putIfAbsent(service, port) != null) {
            return false;
        }
        port.sendRights++;
        if (makesRight) {
            port.makeSendCount++;
        }
        for (LookUp lookUp : List.copyOf(lookUps)) {
            if (lookUp.service().equals(service)) {
                lookUps.remove(lookUp);
                lookUp.task().waiting.remove(lookUp.call());
                found(lookUp.task(), lookUp.call(), port);
            }
        }
        return true;
    }

    void lookUp(Task task, TaskFrame frame) {
        Port port = services.get(frame.getText());
        if (port != null) {
            found(task, frame.getCall(), port);
        } else if (frame.getNoWait()) {
            relay.answer(task, frame.getCall(), MachCode.KERN_ABORTED);
        } else if (task.waiting.size() >= MachLimits.MAX_CALLS
                || task.waiting.containsKey(frame.getCall())
                || frame.getText().length() > MachLimits.MAX_SERVICE_NAME) {
            relay.answer(task, frame.getCall(), MachCode.KERN_RESOURCE_SHORTAGE);
        } else {
            LookUp lookUp = new LookUp(task, frame.getCall(), frame.getText());
            task.waiting.put(lookUp.call(), lookUp);
            lookUps.add(lookUp);
        }
    }

    private void found(Task task, int call, Port port) {
        port.sendRights++;
        int name = relay.copyOut.name(task, new TransitRight(port, TransitRight.Type.SEND));
        if (name == 0) {
            relay.answer(task, call, MachCode.KERN_NO_SPACE);
        } else {
            relay.answerName(task, call, name);
        }
    }

    /** The registered ports. */
    Collection<Port> services() {
        return services.values();
    }

    void withdraw(LookUp lookUp) {
        lookUps.remove(lookUp);
    }

    void portDied(Port port) {
        services.values().removeIf(registered -> registered == port);
    }
}
