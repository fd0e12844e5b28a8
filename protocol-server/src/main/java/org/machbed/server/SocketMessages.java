package org.machbed.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/**
 * Requests of clients and the replies to them, as bodies of messages. A datagram is neither copied out of a request nor, on its
 * way into a reply, more than once: the reply is laid out around the place that the data is copied to.
 */
public final class SocketMessages {
    /** Longest data that a sendto may carry: a datagram's (RFC 768 within RFC 791). */
    public static final int MAX_DATAGRAM_BYTES = 65_507;

    private SocketMessages() {}

    /**
     * Reads a request; its data shares the body's memory.
     *
     * @throws InvalidProtocolBufferException when the body is no request
     */
    public static SocketRequest request(ByteString body) throws InvalidProtocolBufferException {
        CodedInputStream input = body.newCodedInput();
        input.enableAliasing(true);
        SocketRequest request = SocketRequest.parser().parseFrom(input);
        input.checkLastTagWas(0);
        return request;
    }

    /**
     * Refuses values that no call takes, before any call looks at them.
     *
     * @throws SocketLayerException with EINVAL, or EMSGSIZE for data longer than the call carries
     */
    public static void validate(int id, SocketRequest request) throws SocketLayerException {
        boolean isOnSession = id >= BsdCall.MIGRATE && id <= BsdCall.SESSION_MEMORY;
        if (!isOnSession && (id < BsdCall.SOCKET || id > BsdCall.WAKE_UP)) {
            throw new SocketLayerException(Errno.EINVAL, "no call has number " + id);
        }
        if (request.getPort() < 0 || request.getPort() > 0xFFFF) {
            throw new SocketLayerException(Errno.EINVAL, "no port has number " + request.getPort());
        }
        if (request.getMaxBytes() < 0) {
            throw new SocketLayerException(Errno.EINVAL, "room for " + request.getMaxBytes() + " bytes");
        }
        int most = switch (id) {
            case BsdCall.SEND -> BsdCall.MAX_STREAM_BYTES;
            case BsdCall.RETURN -> BsdCall.MAX_STATE_BYTES_IN_LINE;
            default -> MAX_DATAGRAM_BYTES;
        };
        if (request.getData().size() > most) {
            throw new SocketLayerException(
                    Errno.EMSGSIZE, request.getData().size() + " bytes are more than the " + most + " of a message");
        }
    }

    /** The memory of a request's data, without a copy. */
    public static MemorySegment memory(ByteString data) {
        return MemorySegment.ofBuffer(data.asReadOnlyByteBuffer());
    }

    /** The reply to a failed call. */
    public static MachMessage failed(int requestId, Errno errno) {
        return failed(requestId, errno.number());
    }

    /** The same with an errno by its number, such as {@link BsdCall#ERESTART}. */
    public static MachMessage failed(int requestId, int errno) {
        return reply(requestId, SocketReply.newBuilder().setErrno(errno));
    }

    /** The reply to a call that succeeded with what {@code reply} says. */
    public static MachMessage reply(int requestId, SocketReply.Builder reply) {
        return reply(requestId, reply.build().toByteString());
    }

    /** The reply to a call that succeeded with a value. */
    public static MachMessage done(int requestId, int value) {
        return reply(requestId, SocketReply.newBuilder().setValue(value).build().toByteString());
    }

    /** The reply to a question for an address, packed as {@link DatagramHeader}. */
    public static MachMessage address(int requestId, long header) {
        return reply(
                requestId,
                SocketReply.newBuilder()
                        .setIpv4(DatagramHeader.ipv4(header))
                        .setPort(DatagramHeader.port(header))
                        .build()
                        .toByteString());
    }

    /** Builds the reply to a recvfrom; copies the data once. */
    public static MachMessage datagram(long header, MemorySegment memory, long offset, int copiedBytes) {
        byte[] body = datagramBody(header, copiedBytes);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, offset, body, body.length - copiedBytes, copiedBytes);
        return received(body);
    }

    /** The reply to a recvfrom whose body {@link #datagramBody} laid out. */
    public static MachMessage received(byte[] body) {
        return reply(BsdCall.RECEIVE_FROM, UnsafeByteOperations.unsafeWrap(body));
    }

    /** The reply to a receive from a stream whose body {@link #streamBody} laid out. */
    public static MachMessage receivedStream(byte[] body) {
        return reply(BsdCall.RECEIVE, UnsafeByteOperations.unsafeWrap(body));
    }

    /**
     * The reply to a select.
     *
     * @param pairs how many names, each with what it is ready for, {@code data} has
     */
    public static MachMessage ready(int pairs, ByteString data) {
        return reply(
                BsdCall.SELECT,
                SocketReply.newBuilder().setValue(pairs).setData(data).build().toByteString());
    }

    /** A recvfrom's reply with its last {@code copiedBytes} bytes left for the data. */
    public static byte[] datagramBody(long header, int copiedBytes) {
        int value = DatagramHeader.lengthBytes(header);
        return body(value, DatagramHeader.ipv4(header), DatagramHeader.port(header), copiedBytes);
    }

    /** The reply to a receive from a stream with its last {@code bytes} bytes left for the data. */
    public static byte[] streamBody(int bytes) {
        return body(bytes, 0, 0, bytes);
    }

    private static byte[] body(int value, int ipv4, int port, int copiedBytes) {
        int headBytes = CodedOutputStream.computeInt32Size(SocketReply.VALUE_FIELD_NUMBER, value)
                + CodedOutputStream.computeFixed32Size(SocketReply.IPV4_FIELD_NUMBER, ipv4)
                + CodedOutputStream.computeInt32Size(SocketReply.PORT_FIELD_NUMBER, port)
                + CodedOutputStream.computeTagSize(SocketReply.DATA_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(copiedBytes);
        byte[] body = new byte[headBytes + copiedBytes];
        CodedOutputStream output = CodedOutputStream.newInstance(body, 0, headBytes);
        try {
            output.writeInt32(SocketReply.VALUE_FIELD_NUMBER, value);
            output.writeFixed32(SocketReply.IPV4_FIELD_NUMBER, ipv4);
            output.writeInt32(SocketReply.PORT_FIELD_NUMBER, port);
            output.writeTag(SocketReply.DATA_FIELD_NUMBER, 2 /* length-delimited */);
            output.writeUInt32NoTag(copiedBytes);
            output.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the computed size was too small", e);
        }
        return body;
    }

    private static MachMessage reply(int requestId, ByteString body) {
        return MachMessage.reply(requestId + BsdCall.REPLY, body);
    }
}
