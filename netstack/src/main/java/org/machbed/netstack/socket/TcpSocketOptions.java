package org.machbed.netstack.socket;

import org.machbed.netstack.state.StateTransfer;
import org.machbed.netstack.tcp.ConnectionOptions;
import org.machbed.netstack.tcp.TcpConfiguration;
import org.machbed.netstack.tcp.TcpConnection;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;

/** The options of a TCP socket, before it has a connection and after. */
final class TcpSocketOptions {
    private static final int SMALLEST_BUFFER_BYTES = 2048;
    private static final int LARGEST_BUFFER_BYTES = 4 << 20;
    private static final int LARGEST_LINGER_SECONDS = 65_535;
    private static final int LARGEST_KEEP_ALIVE_SECONDS = 32_767;
    private static final CongestionAlgorithm[] ALGORITHMS = CongestionAlgorithm.values();

    int receiveBufferBytes;
    private int sendBufferBytes;
    boolean reuseAddress;
    private int typeOfService;
    private boolean noDelay;
    private boolean keepAlive;
    private int keepAliveSeconds = ConnectionOptions.KEEP_ALIVE_SECONDS;

    /** -1 while off. */
    int lingerSeconds = -1;

    private CongestionAlgorithm congestion;
    private int userTimeoutMs;

    TcpSocketOptions(TcpConfiguration configuration) {
        receiveBufferBytes = configuration.receiveBufferBytes();
        sendBufferBytes = configuration.sendBufferBytes();
        congestion = configuration.congestion();
    }

    private TcpSocketOptions(TcpSocketOptions other) {
        receiveBufferBytes = other.receiveBufferBytes;
        sendBufferBytes = other.sendBufferBytes;
        reuseAddress = other.reuseAddress;
        typeOfService = other.typeOfService;
        noDelay = other.noDelay;
        keepAlive = other.keepAlive;
        keepAliveSeconds = other.keepAliveSeconds;
        lingerSeconds = other.lingerSeconds;
        congestion = other.congestion;
        userTimeoutMs = other.userTimeoutMs;
    }

    TcpSocketOptions copy() {
        return new TcpSocketOptions(this);
    }

    @SuppressWarnings("EnumOrdinal") // the option's values are numbers, as they travel in traps
    int get(SocketOptionName name) throws SocketLayerException {
        return switch (name) {
            case RECEIVE_BUFFER_BYTES -> receiveBufferBytes;
            case SEND_BUFFER_BYTES -> sendBufferBytes;
            case REUSE_ADDRESS -> reuseAddress ? 1 : 0;
            case TYPE_OF_SERVICE -> typeOfService;
            case NO_DELAY -> noDelay ? 1 : 0;
            case KEEP_ALIVE -> keepAlive ? 1 : 0;
            case KEEP_ALIVE_SECONDS -> keepAliveSeconds;
            case LINGER_SECONDS -> lingerSeconds;
            case CONGESTION_CONTROL -> congestion.ordinal();
            case USER_TIMEOUT_MS -> userTimeoutMs;
            case BROADCAST, UNREAD_BYTES -> throw noOption(name);
        };
    }

    void set(SocketOptionName name, int value) throws SocketLayerException {
        int least = switch (name) {
            case LINGER_SECONDS -> -1;
            case KEEP_ALIVE_SECONDS -> 1;
            default -> 0;
        };
        int largest = switch (name) {
            case RECEIVE_BUFFER_BYTES, SEND_BUFFER_BYTES, USER_TIMEOUT_MS -> Integer.MAX_VALUE;
            case REUSE_ADDRESS, NO_DELAY, KEEP_ALIVE -> 1;
            case TYPE_OF_SERVICE -> 255;
            case LINGER_SECONDS -> LARGEST_LINGER_SECONDS;
            case KEEP_ALIVE_SECONDS -> LARGEST_KEEP_ALIVE_SECONDS;
            case CONGESTION_CONTROL -> ALGORITHMS.length - 1;
            case BROADCAST, UNREAD_BYTES -> throw noOption(name);
        };
        if (value < least || value > largest) {
            throw new SocketLayerException(Errno.EINVAL, "option " + name + " cannot be " + value);
        }
        switch (name) {
            case RECEIVE_BUFFER_BYTES -> receiveBufferBytes = possibleBufferBytes(value);
            case SEND_BUFFER_BYTES -> sendBufferBytes = possibleBufferBytes(value);
            case REUSE_ADDRESS -> reuseAddress = value == 1;
            case TYPE_OF_SERVICE -> typeOfService = value;
            case NO_DELAY -> noDelay = value == 1;
            case KEEP_ALIVE -> keepAlive = value == 1;
            case KEEP_ALIVE_SECONDS -> keepAliveSeconds = value;
            case LINGER_SECONDS -> lingerSeconds = value;
            case CONGESTION_CONTROL -> congestion = ALGORITHMS[value];
            case USER_TIMEOUT_MS -> userTimeoutMs = value;
            case BROADCAST, UNREAD_BYTES -> throw noOption(name);
        }
    }

    /** Gives a connection that is new all that was set before. */
    void applyTo(TcpConnection connection, long nowNs) throws SocketLayerException {
        connection.options().sendBufferBytes(sendBufferBytes);
        apply(SocketOptionName.TYPE_OF_SERVICE, connection, nowNs);
        apply(SocketOptionName.NO_DELAY, connection, nowNs);
        apply(SocketOptionName.KEEP_ALIVE_SECONDS, connection, nowNs);
        apply(SocketOptionName.KEEP_ALIVE, connection, nowNs);
        apply(SocketOptionName.CONGESTION_CONTROL, connection, nowNs);
        apply(SocketOptionName.USER_TIMEOUT_MS, connection, nowNs);
    }

    /** Gives a connection the option as it is now. */
    void apply(SocketOptionName name, TcpConnection connection, long nowNs) throws SocketLayerException {
        switch (name) {
            case RECEIVE_BUFFER_BYTES -> connection.options().receiveBufferBytes(receiveBufferBytes, nowNs);
            case SEND_BUFFER_BYTES -> connection.options().sendBufferBytes(sendBufferBytes);
            case TYPE_OF_SERVICE -> connection.options().typeOfService(typeOfService);
            case NO_DELAY -> connection.options().noDelay(noDelay, nowNs);
            case KEEP_ALIVE -> connection.options().keepAlive(keepAlive, nowNs);
            case KEEP_ALIVE_SECONDS -> connection.options().keepAliveSeconds(keepAliveSeconds, nowNs);
            case CONGESTION_CONTROL -> connection.options().congestion(congestion);
            case USER_TIMEOUT_MS -> connection.options().userTimeoutNs(userTimeoutMs * 1_000_000L);
            case REUSE_ADDRESS, LINGER_SECONDS -> {
                // the socket's own
            }
            case BROADCAST, UNREAD_BYTES -> throw noOption(name);
        }
    }

    private static int possibleBufferBytes(int wanted) {
        return Math.clamp(wanted, SMALLEST_BUFFER_BYTES, LARGEST_BUFFER_BYTES);
    }

    private static SocketLayerException noOption(SocketOptionName name) {
        return new SocketLayerException(Errno.ENOPROTOOPT, "a stream socket has no option " + name);
    }

    /** For a migration. */
    void transfer(StateTransfer t) {
        receiveBufferBytes = t.within("SO_RCVBUF", receiveBufferBytes, 0, Integer.MAX_VALUE);
        sendBufferBytes = t.within("SO_SNDBUF", sendBufferBytes, 0, Integer.MAX_VALUE);
        reuseAddress = t.flag("SO_REUSEADDR", reuseAddress);
        typeOfService = t.within("IP_TOS", typeOfService, 0, 255);
        noDelay = t.flag("TCP_NODELAY", noDelay);
        keepAlive = t.flag("SO_KEEPALIVE", keepAlive);
        keepAliveSeconds = t.within("TCP_KEEPIDLE", keepAliveSeconds, 1, LARGEST_KEEP_ALIVE_SECONDS);
        lingerSeconds = t.within("SO_LINGER", lingerSeconds, -1, LARGEST_LINGER_SECONDS);
        congestion = t.constant("TCP_CONGESTION", congestion, ALGORITHMS);
        userTimeoutMs = t.within("TCP_USER_TIMEOUT", userTimeoutMs, 0, Integer.MAX_VALUE);
    }
}
