package org.machbed.kernel;

import org.jspecify.annotations.Nullable;
import org.machbed.ipc.trap.TrapFrame;
import org.machbed.ipc.trap.TrapHandler;
import org.machbed.kernel.device.DeviceTable;
import org.machbed.kernel.inkernel.InKernelStack;
import org.machbed.proto.trap.TrapNumber;

/** The table of traps: sends each number to the part of the kernel that serves it. Called on the thread that serves traps. */
final class KernelTraps implements TrapHandler {
    private final DeviceTable devices;
    private final NullIndications indications;
    private final @Nullable InKernelStack stack;

    /** Traps of a kernel; without a stack, socket traps are refused like unknown ones. */
    KernelTraps(DeviceTable devices, NullIndications indications, @Nullable InKernelStack stack) {
        this.devices = devices;
        this.indications = indications;
        this.stack = stack;
    }

    @Override
    public void onTrap(TrapFrame frame) {
        switch (frame.number()) {
            case TrapNumber.NULL -> frame.complete(0);
            case TrapNumber.DEVICE_WRITE, TrapNumber.WINDOW_START -> devices.onTrap(frame);
            case TrapNumber.NULL_INDICATION -> indications.onTrap(frame);
            default -> {
                if (stack != null && InKernelStack.serves(frame.number())) {
                    stack.onTrap(frame);
                } else {
                    frame.refuse();
                }
            }
        }
    }

    @Override
    public void onCallerDeath(int caller) {
        if (stack != null) {
            stack.onCallerDeath(caller);
        }
    }
}
