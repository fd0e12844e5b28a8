package org.machbed.netstack.tcp;

/** Control bits of a segment (RFC 9293 section 3.1), in the order of the header's octet 13. */
public final class TcpFlags {
    /** No more data from the sender. */
    public static final int FIN = 0x01;

    /** Synchronize sequence numbers. */
    public static final int SYN = 0x02;

    /** Reset the connection. */
    public static final int RST = 0x04;

    /** Push function. */
    public static final int PSH = 0x08;

    /** The acknowledgment field is significant. */
    public static final int ACK = 0x10;

    /** The urgent pointer is significant. */
    public static final int URG = 0x20;

    /** RFC 3168: echo of a congestion mark. We neither send nor heed it. */
    public static final int ECE = 0x40;

    /** RFC 3168: congestion window reduced. We neither send nor heed it. */
    public static final int CWR = 0x80;

    private static final int[] ORDER = {FIN, SYN, RST, PSH, ACK, URG, ECE, CWR};
    private static final String LETTERS = "FSRP.UEW";

    private TcpFlags() {}

    /** As tcpdump prints them: {@code S} for SYN, {@code S.} for SYN and ACK, {@code none} for none. */
    public static String format(int flags) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ORDER.length; i++) {
            if ((flags & ORDER[i]) != 0) {
                text.append(LETTERS.charAt(i));
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }
}
