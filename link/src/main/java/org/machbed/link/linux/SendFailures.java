package org.machbed.link.linux;

import org.machbed.link.LinkCounter;
import org.machbed.link.LinkCounters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts frames that could not be sent, each by its reason. The sending thread. */
final class SendFailures {
    private static final Logger LOG = LoggerFactory.getLogger(SendFailures.class);

    private final LinkCounters counters;

    SendFailures(LinkCounters counters) {
        this.counters = counters;
    }

    /** @param title what refused it, for the log */
    void count(String title, int errno) {
        switch (errno) {
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> counters.count(LinkCounter.DROPPED_INTERFACE_BUSY);
            // A TAP device that is down answers EIO; one that was deleted EBADFD.
            case Errno.ENETDOWN,
                    Errno.ENETUNREACH,
                    Errno.EHOSTUNREACH,
                    Errno.EIO,
                    Errno.ENXIO,
                    Errno.ENODEV,
                    Errno.EBADFD -> counters.count(LinkCounter.DROPPED_INTERFACE_DOWN);
            case Errno.EMSGSIZE -> counters.count(LinkCounter.DROPPED_OVERSIZE);
            default -> {
                counters.count(LinkCounter.DROPPED_REFUSED);
                // Once: whoever sends decides how often this happens.
                if (counters.get(LinkCounter.DROPPED_REFUSED) == 1) {
                    LOG.warn("{} refused a frame: {}", title, Errno.text(errno));
                }
            }
        }
    }
}
