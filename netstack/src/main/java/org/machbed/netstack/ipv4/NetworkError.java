package org.machbed.netstack.ipv4;

/** Why a packet did not arrive (RFC 792). */
public enum NetworkError {
    NET_UNREACHABLE,
    HOST_UNREACHABLE,
    PROTOCOL_UNREACHABLE,
    PORT_UNREACHABLE,
    FRAGMENTATION_NEEDED,
    /** Its time to live ran out, or its fragments did not all arrive. */
    TIME_EXCEEDED,
    /** Its header or an option made no sense to somebody. */
    PARAMETER_PROBLEM
}
