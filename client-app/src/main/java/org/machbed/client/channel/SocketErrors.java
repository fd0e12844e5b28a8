package org.machbed.client.channel;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

/** Turns errors of the socket layer into the exceptions that the JDK's own channels throw for the same error on Linux. */
final class SocketErrors {
    private SocketErrors() {}

    /** The exception of a call on a datagram channel; the socket layer's own is its cause. */
    static IOException translate(SocketLayerException error) {
        IOException translated = exceptionFor(error.errno());
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
