package org.machbed.netstack.simulation;

import java.lang.foreign.MemorySegment;
import org.machbed.netstack.MacAddress;

/** Who hears what happens in a world. It changes nothing there. */
public interface SimulationListener {
    /** A host's frame goes to the network, which may lose it. The memory is valid during the call only. */
    void onFrameSent(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes);

    /** A frame, damaged or not, arrives at a host. */
    void onFrameArrived(long nowNs, MacAddress host, MemorySegment memory, int lengthBytes);

    /** Somebody in the world does something other than sending a frame. */
    void onEvent(long nowNs, String who, String what);
}
