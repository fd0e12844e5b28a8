package org.machbed.ipc.mach;

import org.machbed.proto.mach.KernelFrame;

/** Takes what comes from the kernel, on the transport's thread. */
interface FrameReceiver {
    void onFrame(KernelFrame frame);

    /** Nothing will come any more. */
    void onEnd(String why);
}
