package org.machbed.link.impairment;

import org.machbed.link.LinkDecorator;
import org.machbed.link.LinkEnd;

/** Impairs arriving frames. */
public final class ImpairedLink extends LinkDecorator {
    /** How long a frame that is to arrive late is held when no other frame comes: 1 ms. */
    public static final long HOLD_NS = 1_000_000;

    public ImpairedLink(LinkEnd link, Impairments impairments) {
        super(link);
        if (impairments.harmless()) {
            throw new IllegalArgumentException("nothing to impair");
        }
    }
}
