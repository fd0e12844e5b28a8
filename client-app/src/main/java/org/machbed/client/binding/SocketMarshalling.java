package org.machbed.client.binding;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

/** Requests and replies of socket calls as bodies of messages. A datagram is copied once each way. */
final class SocketMarshalling {
    private static final int WIRE_TYPE_LENGTH_DELIMITED = 2;

    private SocketMarshalling() {}

    /** A sendto. */
    static ByteString sendTo(int socket, ByteBuffer source, int ipv4, int port) {
        SocketRequest.Builder head =
                SocketRequest.newBuilder().setSocket(socket).setIpv4(ipv4).setPort(port);
        return withData(head.build(), source, source.remaining());
    }

    /**
     * A request with the first bytes of {@code source} as its data, whose position is left alone: laid out here, so that they are
     * copied straight to their place.
     *
     * @param head all other fields
     */
    static ByteString withData(SocketRequest head, ByteBuffer source, int bytes) {
        int headBytes = head.getSerializedSize()
                + CodedOutputStream.computeTagSize(SocketRequest.DATA_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(bytes);
        byte[] body = new byte[headBytes + bytes];
        CodedOutputStream output = CodedOutputStream.newInstance(body, 0, headBytes);
        try {
            head.writeTo(output);
            output.writeTag(SocketRequest.DATA_FIELD_NUMBER, WIRE_TYPE_LENGTH_DELIMITED);
            output.writeUInt32NoTag(bytes);
            output.checkNoSpaceLeft();
        } catch (IOException e) {
            throw new UncheckedIOException("an array of the computed size was too small", e);
        }
        source.get(source.position(), body, headBytes, bytes);
        return UnsafeByteOperations.unsafeWrap(body);
    }

    /**
     * Reads a reply; its data shares the body's memory.
     *
     * @throws InvalidProtocolBufferException when the body is no reply
     */
    static SocketReply reply(ByteString body) throws InvalidProtocolBufferException {
        CodedInputStream input = body.newCodedInput();
        input.enableAliasing(true);
        SocketReply reply = SocketReply.parser().parseFrom(input);
        input.checkLastTagWas(0);
        return reply;
    }

    /** Copies the first bytes of {@code data} into {@code target}, whose position is left alone. */
    static void copyOut(ByteString data, ByteBuffer target, int bytes) {
        ByteBuffer view = data.asReadOnlyByteBuffer();
        target.put(target.position(), view, view.position(), bytes);
    }
}
