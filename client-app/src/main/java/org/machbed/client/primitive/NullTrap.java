package org.machbed.client.primitive;

import java.io.IOException;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trap.CallGate;
import org.machbed.ipc.trap.TrapCaller;
import org.machbed.ipc.trial.Role;
import org.machbed.proto.trap.TrapNumber;

/** {@code nullTrap}: into the kernel-node and back, with nothing done there. */
final class NullTrap implements Primitive {
    @Override
    public String name() {
        return "nullTrap";
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        CallGate gate = CallGate.open(surroundings.host().kernelGate());
        try {
            TrapCaller caller = gate.caller(surroundings.crossings());
            TimedRole.Operation trap = () -> {
                long result = caller.trap(TrapNumber.NULL);
                if (result != 0) {
                    throw new IOException("the null trap answered " + result);
                }
            };
            return new TimedRole(name(), 1, trap, () -> {
                caller.close();
                gate.close();
            });
        } catch (IOException e) {
            gate.close();
            throw e;
        }
    }
}
