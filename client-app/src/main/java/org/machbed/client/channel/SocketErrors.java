package org.machbed.client.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** Turns errors of the socket layer into the exceptions that the JDK's own channels throw for the same error on Linux. */
final class SocketErrors {
    private SocketErrors() {}

    /** The exception of a call on a datagram channel; the socket layer's own is its cause. */
    static IOException ofDatagram(SocketLayerException error) {
        return because(exceptionFor(error.errno()), error);
    }

    /** The exception of a call on a stream channel that moves no data. */
    static IOException ofStream(SocketLayerException error) {
        IOException translated = switch (error.errno()) {
            case ECONNREFUSED -> new ConnectException("Connection refused");
            case EBADF -> new ClosedChannelException();
            default -> exceptionFor(error.errno());
        };
        return because(translated, error);
    }

    static IOException ofRead(SocketLayerException error) {
        IOException translated = switch (error.errno()) {
            case ECONNRESET -> connectionReset();
            case EBADF -> new ClosedChannelException();
            default -> plain(error.errno());
        };
        return because(translated, error);
    }

    static IOException ofWrite(SocketLayerException error) {
        IOException translated = switch (error.errno()) {
            case ECONNRESET -> new IOException("Connection reset by peer");
            case EBADF -> new ClosedChannelException();
            case EALREADY -> new IOException(error.getMessage());
            default -> plain(error.errno());
        };
        return because(translated, error);
    }

    /** What each read throws from the reset of a connection on. */
    static IOException connectionReset() {
        return new SocketException("Connection reset");
    }

    /** The JDK tells calls that move data on a stream of other errors by no class of their own. */
    private static IOException plain(Errno errno) {
        return new IOException(exceptionFor(errno).getMessage());
    }

    /**
     * What a socket over a channel throws for what the channel throws: sockets have no exceptions for their states.
     *
     * @return the failure to throw, when it is no other runtime exception, which is thrown at once
     */
    static IOException ofView(Exception failure) {
        return switch (failure) {
            case ClosedByInterruptException interrupt -> interrupt;
            case ClosedChannelException closed -> closed(closed);
            case IOException other -> other;
            default -> asSocketException(failure);
        };
    }

    /** The call found the socket closed, or was ended by that. */
    static SocketException closed(ClosedChannelException failure) {
        return because("Socket closed", failure);
    }

    /** The same as {@link #ofView} where a socket throws nothing but this class. */
    static SocketException asSocketException(Exception failure) {
        return switch (failure) {
            case SocketException already -> already;
            case ClosedChannelException closed -> because("Socket is closed", closed);
            case NotYetConnectedException state -> because("Socket is not connected", state);
            case NotYetBoundException state -> because("Socket is not bound yet", state);
            case AlreadyBoundException state -> because("Already bound", state);
            case AlreadyConnectedException state -> because("Already connected", state);
            case UnsupportedAddressTypeException address -> because("Unsupported address type", address);
            case UnresolvedAddressException address -> because("Unresolved address", address);
            case RuntimeException other -> throw other;
            default -> because(String.valueOf(failure.getMessage()), failure);
        };
    }

    private static SocketException because(String message, Exception cause) {
        SocketException translated = new SocketException(message);
        translated.initCause(cause);
        return translated;
    }

    private static IOException because(IOException translated, SocketLayerException error) {
        translated.initCause(error);
        return translated;
    }

    private static IOException exceptionFor(Errno errno) {
        return switch (errno) {
            case ECONNREFUSED -> new PortUnreachableException();
            case EADDRINUSE -> new BindException("Address already in use");
            case EADDRNOTAVAIL -> new BindException("Cannot assign requested address");
            case EACCES -> new BindException("Permission denied");
            case EHOSTUNREACH -> new NoRouteToHostException("No route to host");
            case ETIMEDOUT -> new ConnectException("Connection timed out");
            case ENOTCONN -> new ConnectException("Transport endpoint is not connected");
            case ENETUNREACH -> new SocketException("Network is unreachable");
            case EMSGSIZE -> new SocketException("Message too long");
            case ENOBUFS -> new SocketException("No buffer space available");
            case EINVAL -> new SocketException("Invalid argument");
            case EBADF -> new SocketException("Bad file descriptor");
            case EMFILE -> new SocketException("Too many open files");
            case ENOMEM -> new SocketException("Cannot allocate memory");
            case EDESTADDRREQ -> new SocketException("Destination address required");
            case EISCONN -> new SocketException("Transport endpoint is already connected");
            case EPIPE -> new SocketException("Broken pipe");
            case ECONNRESET -> new SocketException("Connection reset");
            case ECONNABORTED -> new SocketException("Software caused connection abort");
            case EINTR, EIO, EWOULDBLOCK, ENOPROTOOPT, EOPNOTSUPP, EALREADY, EINPROGRESS ->
                new SocketException(errno.name());
        };
    }
}
