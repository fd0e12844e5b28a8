package org.machbed.client.primitive;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.GrpcTransport;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.Role;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.TaskFrame;

/**
 * {@code bareGrpcStreamRoundTrip}: a frame out and a frame back on one stream between two processes, with the sockets, settings
 * and frames that Mach messages use, and nothing else: no kernel-node, no ports. The caller's thread sleeps until its event loop
 * has the answer, as a caller of a Mach RPC does.
 */
final class GrpcRoundTrip implements Primitive {
    @Override
    public String name() {
        return "bareGrpcStreamRoundTrip";
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        arguments.requireNoOthers();
        Path socket = surroundings.host().fresh("grpc");
        GrpcTransport.Loop loop = GrpcTransport.newLoop("bare-grpc");
        ServedCounter served = new ServedCounter();
        Server server = GrpcTransport.server(socket, loop, new Echo(served)).start();
        return new ServedRole(name(), SharedWords.KEY, socket.toString(), 1, served, () -> {
            server.shutdownNow();
            loop.close();
            Files.deleteIfExists(socket);
        });
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) {
        Path socket = Path.of(arguments.required(SharedWords.KEY));
        arguments.requireNoOthers();
        GrpcTransport.Loop loop = GrpcTransport.newLoop("bare-grpc");
        ManagedChannel channel = GrpcTransport.channel(socket, loop);
        Caller caller = new Caller();
        StreamObserver<TaskFrame> requests = KernelGrpc.newStub(channel).attach(caller);
        return new TimedRole(name(), 1, () -> caller.roundTrip(requests), () -> {
            caller.onError(new IOException("the primitive was closed"));
            channel.shutdownNow();
            loop.close();
        });
    }

    /** Answers each frame on the event loop. */
    private static final class Echo extends KernelGrpc.KernelImplBase {
        private final ServedCounter served;

        Echo(ServedCounter served) {
            this.served = served;
        }

        @Override
        public StreamObserver<TaskFrame> attach(StreamObserver<KernelFrame> replies) {
            return new StreamObserver<>() {
                @Override
                public void onNext(TaskFrame frame) {
                    replies.onNext(
                            KernelFrame.newBuilder().setCall(frame.getCall()).build());
                    served.one();
                }

                @Override
                public void onError(Throwable t) {
                    // The client has gone; its stream goes with it.
                }

                @Override
                public void onCompleted() {
                    replies.onCompleted();
                }
            };
        }
    }

    /** One call at a time. */
    private static final class Caller implements StreamObserver<KernelFrame> {
        private volatile @Nullable Thread waiting;
        private volatile int answered;
        private volatile @Nullable Throwable failure;
        private int number;

        void roundTrip(StreamObserver<TaskFrame> requests) throws IOException {
            number++;
            waiting = Thread.currentThread();
            requests.onNext(TaskFrame.newBuilder().setCall(number).build());
            while (answered != number) {
                if (failure != null) {
                    throw new IOException("the stream has ended", failure);
                }
                LockSupport.park(this);
            }
        }

        @Override
        public void onNext(KernelFrame frame) {
            answered = frame.getCall();
            LockSupport.unpark(waiting);
        }

        @Override
        public void onError(Throwable t) {
            failure = t;
            LockSupport.unpark(waiting);
        }

        @Override
        public void onCompleted() {
            onError(new IOException("the server ended the stream"));
        }
    }
}
