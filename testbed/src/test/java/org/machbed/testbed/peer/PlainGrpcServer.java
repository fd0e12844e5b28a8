package org.machbed.testbed.peer;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A server of gRPC-Java, which knows nothing of Machbed: {@code PORT}. */
final class PlainGrpcServer {
    private PlainGrpcServer() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Server server = Grpc.newServerBuilderForPort(Integer.parseInt(arguments[0]), InsecureServerCredentials.create())
                .addService(ServerServiceDefinition.builder(PlainGrpc.SERVICE)
                        .addMethod(PlainGrpc.DIGEST, ServerCalls.asyncUnaryCall(PlainGrpcServer::digest))
                        .addMethod(PlainGrpc.GET, ServerCalls.asyncServerStreamingCall(PlainGrpcServer::get))
                        .addMethod(PlainGrpc.PUT, ServerCalls.asyncClientStreamingCall(PlainGrpcServer::put))
                        .build())
                .build()
                .start();
        System.out.println("listening");
        server.awaitTermination();
    }

    private static byte[] text(Content content) {
        return content.digest().getBytes(StandardCharsets.US_ASCII);
    }

    private static void digest(byte[] request, StreamObserver<byte[]> answer) {
        var content = new Content(0);
        content.update(request, request.length);
        answer.onNext(text(content));
        answer.onCompleted();
    }

    private static void get(byte[] request, StreamObserver<byte[]> answer) {
        var call = (ServerCallStreamObserver<byte[]>) answer;
        var content = new Content(1);
        int[] left = {Integer.parseInt(new String(request, StandardCharsets.US_ASCII))};
        // Without one, sending to a client that has gone away would be an error.
        call.setOnCancelHandler(() -> left[0] = 0);
        call.setOnReadyHandler(() -> {
            while (call.isReady() && left[0] > 0) {
                byte[] chunk = new byte[Math.min(PlainGrpc.CHUNK_BYTES, left[0])];
                content.next(chunk, chunk.length);
                left[0] -= chunk.length;
                call.onNext(chunk);
                if (left[0] == 0) {
                    call.onCompleted();
                }
            }
        });
    }

    private static StreamObserver<byte[]> put(StreamObserver<byte[]> answer) {
        var content = new Content(0);
        return new StreamObserver<>() {
            @Override
            public void onNext(byte[] chunk) {
                content.update(chunk, chunk.length);
            }

            @Override
            public void onError(Throwable t) {
                System.err.println(t);
            }

            @Override
            public void onCompleted() {
                answer.onNext(text(content));
                answer.onCompleted();
            }
        };
    }
}
