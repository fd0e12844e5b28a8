package org.machbed.testbed.peer;

import io.grpc.CallOptions;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;

/**
 * A client of {@link PlainGrpcServer} on Linux: {@code HOST PORT BYTES}. Gives up a stream after its first message, and its connection
 * with it; then makes every call over another connection, and writes what the server said and what it has sent itself.
 */
final class PlainGrpcClient {
    private static final int UNARY_BYTES = 1_000_000;

    private PlainGrpcClient() {}

    public static void main(String[] arguments) throws Exception {
        String target = arguments[0] + ":" + arguments[1];
        int bytes = Integer.parseInt(arguments[2]);
        ManagedChannel aborted = channel(target);
        System.out.println("aborted after " + get(aborted, 1 << 30).next().length);
        aborted.shutdownNow();
        ManagedChannel channel = channel(target);
        byte[] request = new byte[UNARY_BYTES];
        var unary = new Content(2);
        unary.next(request, request.length);
        byte[] digest = ClientCalls.blockingUnaryCall(channel, PlainGrpc.DIGEST, CallOptions.DEFAULT, request);
        System.out.println("unary " + same(digest, unary));
        var got = new Content(0);
        for (Iterator<byte[]> chunks = get(channel, bytes); chunks.hasNext(); ) {
            byte[] chunk = chunks.next();
            got.update(chunk, chunk.length);
        }
        System.out.println("got " + got.digest());
        var put = new Content(3);
        System.out.println("put " + same(put(channel, put, bytes), put));
        channel.shutdownNow();
    }

    private static ManagedChannel channel(String target) {
        return Grpc.newChannelBuilder(target, InsecureChannelCredentials.create())
                .build();
    }

    private static Iterator<byte[]> get(ManagedChannel channel, int bytes) {
        byte[] request = String.valueOf(bytes).getBytes(StandardCharsets.US_ASCII);
        return ClientCalls.blockingServerStreamingCall(channel, PlainGrpc.GET, CallOptions.DEFAULT, request);
    }

    private static byte[] put(ManagedChannel channel, Content content, int bytes) throws Exception {
        var answer = new CompletableFuture<byte[]>();
        StreamObserver<byte[]> requests = ClientCalls.asyncClientStreamingCall(
                channel.newCall(PlainGrpc.PUT, CallOptions.DEFAULT), new StreamObserver<byte[]>() {
                    @Override
                    public void onNext(byte[] value) {
                        answer.complete(value);
                    }

                    @Override
                    public void onError(Throwable t) {
                        answer.completeExceptionally(t);
                    }

                    @Override
                    public void onCompleted() {
                        // The answer has come.
                    }
                });
        for (int done = 0; done < bytes; done += PlainGrpc.CHUNK_BYTES) {
            byte[] chunk = new byte[Math.min(PlainGrpc.CHUNK_BYTES, bytes - done)];
            content.next(chunk, chunk.length);
            requests.onNext(chunk);
        }
        requests.onCompleted();
        return answer.get();
    }

    private static boolean same(byte[] digest, Content content) {
        return Arrays.equals(digest, content.digest().getBytes(StandardCharsets.US_ASCII));
    }
}
