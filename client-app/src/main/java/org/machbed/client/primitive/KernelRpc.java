package org.machbed.client.primitive;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.time.Duration;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;
import org.machbed.proto.device.DeviceCall;

/** {@code kernelRpc}: a message without data to a port of the kernel itself, and its reply (maeda92 section 2.1, footnote). */
final class KernelRpc implements Primitive {
    private static final Duration LOOK_UP_TIMEOUT = Duration.ofSeconds(10);

    @Override
    public String name() {
        return "kernelRpc";
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        MachTask task = NullRpc.connect(surroundings);
        try {
            PortName kernel = task.lookUp(DeviceCall.MASTER_PORT, LOOK_UP_TIMEOUT);
            MachMessage request = MachMessage.of(kernel, DeviceCall.NULL, ByteString.EMPTY);
            return new TimedRole(name(), 1, () -> call(task, request), task::close);
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    private static void call(MachTask task, MachMessage request) throws IOException {
        try (ReceivedMessage reply = task.rpc(request, null)) {
            if (reply.id() != DeviceCall.NULL + DeviceCall.REPLY
                    || !reply.body().isEmpty()) {
                throw new IOException("the kernel answered the null call by " + reply);
            }
        }
    }
}
