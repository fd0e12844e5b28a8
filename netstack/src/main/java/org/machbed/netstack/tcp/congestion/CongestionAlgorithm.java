package org.machbed.netstack.tcp.congestion;

/** The algorithms to choose from. */
public enum CongestionAlgorithm {
    /** RFC 5681 and RFC 6582. */
    NEW_RENO,
    /** RFC 9438. */
    CUBIC;

    /** A new one, for one connection. */
    public CongestionControl create() {
        return switch (this) {
            case NEW_RENO -> new NewReno();
            case CUBIC -> new Cubic();
        };
    }
}
