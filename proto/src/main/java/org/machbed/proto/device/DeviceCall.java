package org.machbed.proto.device;

/** Message identifiers of the device interface, numbered as Mach 3.0's device subsystem numbers them. */
public final class DeviceCall {
    /** The name under which the kernel's device master port stands in the bootstrap directory. */
    public static final String MASTER_PORT = "device-master";

    /**
     * The name under which the kernel of a host with sessions in libraries gives out session windows ({@link #MAP}), and nothing else:
     * what an application can have of the device.
     */
    public static final String SESSION_PORT = "device-sessions";

    /** The name of a host's one network interface in device_open. */
    public static final String NETWORK_DEVICE = "eth0";

    /** Answered with an empty reply on the device master port: what an RPC to the kernel alone costs. */
    public static final int NULL = 2799;

    /**
     * The name under which the kernel takes send rights to send empty messages to, of its own accord: what a message from the
     * packet filter costs without a frame. The identifier of those messages is {@link #NULL} too.
     */
    public static final String NULL_INDICATIONS = "null-indications";

    public static final int OPEN = 2800;
    public static final int WRITE = 2802;
    public static final int SET_FILTER = 2809;
    public static final int MAP = 2810;
    /** device_set_session, ours and not Mach's: whose the frames of a session are. */
    public static final int SET_SESSION = 2850;
    /** A {@code SessionEvent}, on its way to the right that came with an exclusive {@link #OPEN}. */
    public static final int SESSION_EVENT = 2998;
    /** A frame that a filter matched, on its way to the filter's port (NET_RCV_MSG_ID). */
    public static final int RECEIVED_FRAME = 2999;
    /** A reply's identifier is its request's plus this, as MIG has it. */
    public static final int REPLY = 100;

    private DeviceCall() {}
}
