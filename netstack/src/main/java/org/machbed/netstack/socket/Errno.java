package org.machbed.netstack.socket;

/** Errors of the socket layer; the numbers are Linux's and travel in traps (negated) and messages. */
public enum Errno {
    EINTR(4),
    EIO(5),
    EBADF(9),
    EWOULDBLOCK(11),
    ENOMEM(12),
    EACCES(13),
    EINVAL(22),
    EMFILE(24),
    EPIPE(32),
    EDESTADDRREQ(89),
    EMSGSIZE(90),
    ENOPROTOOPT(92),
    EOPNOTSUPP(95),
    EADDRINUSE(98),
    EADDRNOTAVAIL(99),
    ENETUNREACH(101),
    ECONNABORTED(103),
    ECONNRESET(104),
    ENOBUFS(105),
    EISCONN(106),
    ENOTCONN(107),
    ETIMEDOUT(110),
    ECONNREFUSED(111),
    EHOSTUNREACH(113),
    EALREADY(114),
    EINPROGRESS(115);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** The number that stands for this error in traps and messages; never 0. */
    public int number() {
        return number;
    }

    /**
     * The error of a number received from another domain.
     *
     * @throws IllegalArgumentException when no error has that number
     */
    public static Errno of(int number) {
        for (Errno errno : values()) {
            if (errno.number == number) {
                return errno;
            }
        }
        throw new IllegalArgumentException("no errno has number " + number);
    }
}
