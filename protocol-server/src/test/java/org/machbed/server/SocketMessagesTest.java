package org.machbed.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.netstack.socket.DatagramHeader;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;
import org.machbed.proto.bsd.BsdCall;
import org.machbed.proto.bsd.SocketReply;
import org.machbed.proto.bsd.SocketRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Bodies that are laid out by hand are what the contract in bsd.proto says. */
class SocketMessagesTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 16_383, 16_384, 65_507})
    void aDatagramsReplyParses(int length) throws Exception {
        MemorySegment frame = MemorySegment.ofArray(new byte[length + 42]);
        frame.asSlice(42).fill((byte) 0x5A);
        long header = DatagramHeader.pack(0xFFFE0102, 65_535, length);
        MachMessage reply = SocketMessages.datagram(header, frame, 42, length);
        assertThat(reply.id()).isEqualTo(BsdCall.RECEIVE_FROM + BsdCall.REPLY);
        SocketReply parsed = SocketReply.parseFrom(reply.body());
        assertThat(parsed)
                .isEqualTo(SocketReply.newBuilder()
                        .setValue(length)
                        .setIpv4(0xFFFE0102)
                        .setPort(65_535)
                        .setData(ByteString.copyFrom(frame.asSlice(42).toArray(ValueLayout.JAVA_BYTE)))
                        .build());
    }

    @Test
    void aCutDatagramsReplyTellsItsOwnLength() throws Exception {
        MemorySegment frame = MemorySegment.ofArray(new byte[] {1, 2, 3, 4});
        SocketReply parsed = SocketReply.parseFrom(SocketMessages.datagram(DatagramHeader.pack(1, 2, 4), frame, 0, 3)
                .body());
        assertThat(parsed.getData()).isEqualTo(ByteString.copyFrom(new byte[] {1, 2, 3}));
        assertThat(parsed.getValue()).isEqualTo(4);
    }

    @Test
    void aRequestsDataIsNotCopied() throws Exception {
        byte[] body = SocketRequest.newBuilder()
                .setSocket(7)
                .setData(ByteString.copyFromUtf8("data"))
                .build()
                .toByteArray();
        ByteString wrapped = com.google.protobuf.UnsafeByteOperations.unsafeWrap(body);
        SocketRequest request = SocketMessages.request(wrapped);
        MemorySegment data = SocketMessages.memory(request.getData());
        assertThat(data.byteSize()).isEqualTo(4);
        body[body.length - 1] = 'e';
        assertThat(data.get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) 'e');
    }

    @Test
    void rubbishIsRefused() {
        assertThatThrownBy(() -> SocketMessages.request(ByteString.copyFrom(new byte[] {(byte) 0xFF, 1, 2})))
                .isInstanceOf(InvalidProtocolBufferException.class);
        assertRefused(Errno.EINVAL, 1, SocketRequest.newBuilder());
        assertRefused(Errno.EINVAL, BsdCall.BIND, SocketRequest.newBuilder().setPort(65_536));
        assertRefused(
                Errno.EINVAL, BsdCall.RECEIVE_FROM, SocketRequest.newBuilder().setMaxBytes(-1));
        assertRefused(
                Errno.EMSGSIZE,
                BsdCall.SEND_TO,
                SocketRequest.newBuilder().setData(ByteString.copyFrom(new byte[65_508])));
        assertRefused(
                Errno.EMSGSIZE,
                BsdCall.SEND,
                SocketRequest.newBuilder().setData(ByteString.copyFrom(new byte[BsdCall.MAX_STREAM_BYTES + 1])));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128, 16_383, 16_384, BsdCall.MAX_STREAM_BYTES})
    void aStreamsReplyParses(int length) throws Exception {
        byte[] body = SocketMessages.streamBody(length);
        java.util.Arrays.fill(body, body.length - length, body.length, (byte) 0x5A);
        MachMessage reply = SocketMessages.receivedStream(body);
        assertThat(reply.id()).isEqualTo(BsdCall.RECEIVE + BsdCall.REPLY);
        SocketReply parsed = SocketReply.parseFrom(reply.body());
        assertThat(parsed.getValue()).isEqualTo(length);
        assertThat(parsed.getData().size()).isEqualTo(length);
    }

    private static void assertRefused(Errno errno, int id, SocketRequest.Builder request) {
        assertThatThrownBy(() -> SocketMessages.validate(id, request.build()))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
