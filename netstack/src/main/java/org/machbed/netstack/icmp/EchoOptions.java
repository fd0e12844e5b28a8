package org.machbed.netstack.icmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.machbed.netstack.BigEndian;
import org.machbed.netstack.ipv4.Ipv4Header;
import org.machbed.netstack.ipv4.Ipv4Options;

/**
 * The IP options of an echo reply (RFC 1122 section 3.2.2.6): record route and timestamp of the request, with this host added, so
 * that they tell of the whole round trip. Others do not come back.
 *
 * <pre>
 *   record route (RFC 791)     7 | length | pointer |                 address ...
 *   timestamp (RFC 791)       68 | length | pointer | overflow, flag | [address] time ...
 * </pre>
 */
final class EchoOptions {
    /** Pointers count octets of the option from 1. */
    private static final int POINTER = 2;

    private static final int OVERFLOW_AND_FLAG = 3;
    private static final int ADDRESS_BYTES = 4;
    private static final int TIME_BYTES = 4;
    private static final int FIRST_ADDRESS = 4;
    private static final int FIRST_TIME = 5;

    // Flags of the timestamp option.
    private static final int TIMES_ONLY = 0;
    private static final int ADDRESSES_TOO = 1;
    private static final int PRESPECIFIED = 3;

    private final MemorySegment memory = Arena.ofAuto().allocate(Ipv4Header.MAXIMUM_BYTES - Ipv4Header.MINIMUM_BYTES);
    private int lengthBytes;

    /**
     * Takes what comes back of a request's options, which are well-formed.
     *
     * @return how much there is of it in {@link #memory}, a multiple of 4 bytes
     */
    int take(Ipv4Header request, long nowNs) {
        lengthBytes = 0;
        MemorySegment from = request.memory();
        long at = request.offset() + Ipv4Header.MINIMUM_BYTES;
        long end = request.dataOffset();
        while (at < end) {
            int type = octet(from, at);
            if (type == Ipv4Options.END_OF_LIST) {
                break;
            }
            int length = type == Ipv4Options.NO_OPERATION ? 1 : octet(from, at + 1);
            boolean comesBack = type == Ipv4Options.RECORD_ROUTE || type == Ipv4Options.TIMESTAMP;
            if (length < 1 || at + length > end) {
                break; // whoever lent us the memory has changed it
            }
            if (comesBack && length > OVERFLOW_AND_FLAG) {
                MemorySegment.copy(from, at, memory, lengthBytes, length);
                update(type, lengthBytes, length, request.destination(), nowNs);
                lengthBytes += length;
            }
            at += length;
        }
        while (lengthBytes % Integer.BYTES != 0) {
            memory.set(BigEndian.BYTE, lengthBytes++, (byte) Ipv4Options.END_OF_LIST);
        }
        return lengthBytes;
    }

    private void update(int type, int option, int length, int us, long nowNs) {
        if (type == Ipv4Options.RECORD_ROUTE) {
            int pointer = octet(memory, option + POINTER);
            if (pointer >= FIRST_ADDRESS && pointer - 1 + ADDRESS_BYTES <= length) {
                memory.set(BigEndian.INT, option + pointer - 1L, us);
                advance(option, pointer + ADDRESS_BYTES);
            }
        } else {
            addTime(option, length, us, nowNs);
        }
    }

    private void addTime(int option, int length, int us, long nowNs) {
        int overflowAndFlag = octet(memory, option + OVERFLOW_AND_FLAG);
        int flag = overflowAndFlag & 0xF;
        int pointer = octet(memory, option + POINTER);
        int entryBytes = flag == TIMES_ONLY ? TIME_BYTES : ADDRESS_BYTES + TIME_BYTES;
        if (pointer < FIRST_TIME || (flag != TIMES_ONLY && flag != ADDRESSES_TOO && flag != PRESPECIFIED)) {
            return;
        }
        if (pointer - 1 + entryBytes > length) {
            if (overflowAndFlag >>> 4 < 0xF) {
                memory.set(BigEndian.BYTE, option + OVERFLOW_AND_FLAG, (byte) (overflowAndFlag + 0x10));
            }
            return;
        }
        long entry = option + pointer - 1L;
        if (flag == PRESPECIFIED && memory.get(BigEndian.INT, entry) != us) {
            return; // the next one asked for is somebody else
        }
        if (flag == ADDRESSES_TOO) {
            memory.set(BigEndian.INT, entry, us);
        }
        memory.set(BigEndian.INT, entry + entryBytes - TIME_BYTES, time(nowNs));
        advance(option, pointer + entryBytes);
    }

    private void advance(int option, int pointer) {
        memory.set(BigEndian.BYTE, option + POINTER, (byte) pointer);
    }

    /** In ms. The stack does not know when midnight UT was, which the high order bit says (RFC 791). */
    private static int time(long nowNs) {
        return (int) (nowNs / 1_000_000) | Integer.MIN_VALUE;
    }

    private static int octet(MemorySegment memory, long at) {
        return memory.get(BigEndian.BYTE, at) & 0xFF;
    }

    MemorySegment memory() {
        return memory;
    }
}
