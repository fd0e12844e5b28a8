package org.machbed.link.capture;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import org.machbed.netstack.MacAddress;

/**
 * Writes a pcapng file of one Ethernet interface (draft-ietf-opsawg-pcapng): a section header, an interface description and an
 * enhanced packet block a frame, with time stamps of a nanosecond and the frame's direction. Whole blocks are written
 * only, so that a file whose writer was killed reads well to its end.
 *
 * <p>Thread-safe. No garbage per frame.
 */
public final class PcapngWriter implements AutoCloseable {
    /** A capture stops growing here, so that a long run cannot fill the disk. */
    public static final long DEFAULT_LIMIT_BYTES = 256L << 20;

    /** Direction of a frame, as the option epb_flags says it (section 4.3.1). */
    public static final int INBOUND = 1;

    public static final int OUTBOUND = 2;

    private static final int SECTION_HEADER = 0x0A0D0D0A;
    private static final int INTERFACE_DESCRIPTION = 1;
    private static final int ENHANCED_PACKET = 6;
    private static final int BYTE_ORDER_MAGIC = 0x1A2B3C4D;
    private static final short LINKTYPE_ETHERNET = 1;

    private static final short OPT_ENDOFOPT = 0;
    private static final short SHB_USERAPPL = 4;
    private static final short IF_NAME = 2;
    private static final short IF_MACADDR = 6;
    private static final short IF_TSRESOL = 9;
    private static final short EPB_FLAGS = 2;
    private static final byte NANOSECONDS = 9;

    /** Type, length, interface, time (2 words), captured and original length before the frame. */
    private static final int PACKET_PREFIX_BYTES = 28;

    /** The option epb_flags, the end of options, and the length again behind the frame and its padding. */
    private static final int PACKET_SUFFIX_BYTES = 16;

    private static final int BUFFER_BYTES = 1 << 17;
    private static final long NS_PER_S = 1_000_000_000L;

    private final FileChannel file;
    private final long limitBytes;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.nativeOrder());
    private final MemorySegment bufferMemory = MemorySegment.ofBuffer(buffer);

    /** What to add to {@link System#nanoTime} to get nanoseconds since 1970. */
    private final long epochOffsetNs;

    private long bytes;

    private PcapngWriter(FileChannel file, long limitBytes) {
        this.file = file;
        this.limitBytes = limitBytes;
        Instant now = Instant.now();
        this.epochOffsetNs = now.getEpochSecond() * NS_PER_S + now.getNano() - System.nanoTime();
    }

    /** Begins a capture of at most {@link #DEFAULT_LIMIT_BYTES} in a new file, or in place of an old one, with mode 0600. */
    public static PcapngWriter create(Path path, String interfaceName, MacAddress address) throws IOException {
        return create(path, interfaceName, address, DEFAULT_LIMIT_BYTES);
    }

    /** Begins a capture of at most {@code limitBytes}. */
    public static PcapngWriter create(Path path, String interfaceName, MacAddress address, long limitBytes)
            throws IOException {
        FileChannel file = FileChannel.open(
                path,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        PcapngWriter writer = new PcapngWriter(file, limitBytes);
        try {
            writer.sectionHeader();
            writer.interfaceDescription(interfaceName, address);
            writer.flush();
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
        return writer;
    }

    private void sectionHeader() {
        int start = begin(SECTION_HEADER);
        buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(SHB_USERAPPL, "machbed".getBytes(StandardCharsets.UTF_8));
        end(start);
    }

    private void interfaceDescription(String name, MacAddress address) {
        int start = begin(INTERFACE_DESCRIPTION);
        buffer.putShort(LINKTYPE_ETHERNET).putShort((short) 0).putInt(0);
        option(IF_NAME, name.getBytes(StandardCharsets.UTF_8));
        byte[] octets = new byte[6];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) (address.bits() >>> (40 - 8 * i));
        }
        option(IF_MACADDR, octets);
        option(IF_TSRESOL, new byte[] {NANOSECONDS});
        end(start);
    }

    private int begin(int type) {
        int start = buffer.position();
        buffer.putInt(type).putInt(0);
        return start;
    }

    private void option(short code, byte[] value) {
        buffer.putShort(code).putShort((short) value.length).put(value);
        pad();
    }

    private void end(int start) {
        buffer.putShort(OPT_ENDOFOPT).putShort((short) 0);
        int length = buffer.position() + Integer.BYTES - start;
        buffer.putInt(length).putInt(start + Integer.BYTES, length);
        bytes += length;
    }

    private void pad() {
        while ((buffer.position() & 3) != 0) {
            buffer.put((byte) 0);
        }
    }

    /**
     * Records a frame, stamped now.
     *
     * @param direction {@link #INBOUND} or {@link #OUTBOUND}
     * @return false when the capture is full: the frame is not in it
     */
    public boolean write(int direction, MemorySegment memory, long offset, int length) throws IOException {
        return write(direction, memory, offset, length, System.nanoTime() + epochOffsetNs);
    }

    /**
     * Records a frame of another time than now, such as a simulation's.
     *
     * @param timeNs since 1970
     * @return false when the capture is full: the frame is not in it
     */
    public synchronized boolean write(int direction, MemorySegment memory, long offset, int length, long timeNs)
            throws IOException {
        int paddedLength = (length + 3) & ~3;
        int blockLength = PACKET_PREFIX_BYTES + paddedLength + PACKET_SUFFIX_BYTES;
        if (blockLength > buffer.capacity() || bytes + blockLength > limitBytes) {
            return false;
        }
        if (buffer.remaining() < blockLength) {
            flush();
        }
        buffer.putInt(ENHANCED_PACKET)
                .putInt(blockLength)
                .putInt(0)
                .putInt((int) (timeNs >>> 32))
                .putInt((int) timeNs)
                .putInt(length)
                .putInt(length);
        int start = buffer.position();
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, bufferMemory, ValueLayout.JAVA_BYTE, start, length);
        buffer.position(start + length);
        pad();
        buffer.putShort(EPB_FLAGS).putShort((short) Integer.BYTES).putInt(direction);
        buffer.putShort(OPT_ENDOFOPT).putShort((short) 0).putInt(blockLength);
        bytes += blockLength;
        return true;
    }

    /** Writes what was recorded to the file. */
    public synchronized void flush() throws IOException {
        if (buffer.position() == 0) {
            return;
        }
        buffer.flip();
        try {
            while (buffer.hasRemaining()) {
                int _ = file.write(buffer);
            }
        } finally {
            buffer.clear();
        }
    }

    @Override
    public synchronized void close() throws IOException {
        try (file) {
            if (file.isOpen()) {
                flush();
            }
        }
    }
}
