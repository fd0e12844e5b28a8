package org.machbed.testbed.peer;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A service of gRPC whose messages are bytes: what {@link PlainGrpcServer} offers and {@link PlainGrpcClient} calls. */
final class PlainGrpc {
    static final String SERVICE = "plain.Bytes";
    static final int CHUNK_BYTES = 64 * 1024;

    /** Answers the SHA-256 of its request, as text. */
    static final MethodDescriptor<byte[], byte[]> DIGEST = method("Digest", MethodType.UNARY);

    /** Answers as many bytes as its request says, as text; they follow from the seed 1. */
    static final MethodDescriptor<byte[], byte[]> GET = method("Get", MethodType.SERVER_STREAMING);

    /** Answers the SHA-256 of all its requests together, as text. */
    static final MethodDescriptor<byte[], byte[]> PUT = method("Put", MethodType.CLIENT_STREAMING);

    private PlainGrpc() {}

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
                .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
                .setType(type)
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
