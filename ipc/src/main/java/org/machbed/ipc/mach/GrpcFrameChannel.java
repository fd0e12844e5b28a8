package org.machbed.ipc.mach;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.TaskFrame;

/** A task's gRPC stream. */
final class GrpcFrameChannel implements FrameChannel {
    private static final int CLOSE_SECONDS = 1;

    private final GrpcTransport.Loop loop;
    private final ManagedChannel channel;
    private final Responses responses;
    private final ClientCallStreamObserver<TaskFrame> requests;

    GrpcFrameChannel(Path socket, String taskName, FrameReceiver receiver) {
        loop = GrpcTransport.newLoop(taskName);
        channel = GrpcTransport.channel(socket, loop);
        responses = new Responses(receiver);
        requests = (ClientCallStreamObserver<TaskFrame>)
                KernelGrpc.newStub(channel).attach(responses);
    }

    @Override
    public void send(TaskFrame frame) throws MachException {
        try {
            requests.onNext(frame);
        } catch (IllegalStateException e) {
            throw new MachException(MachCode.KERN_TERMINATED, "the stream to the kernel has ended", e);
        }
    }

    @Override
    public boolean onTransportThread() {
        return loop.isCurrent();
    }

    @Override
    public void close() {
        if (responses.ended.getCount() > 0) {
            try {
                requests.onCompleted();
                if (!loop.isCurrent() && !responses.ended.await(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                    requests.cancel("the kernel did not end the stream within " + CLOSE_SECONDS + " s", null);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (IllegalStateException e) {
                requests.cancel("the stream has ended otherwise", e);
            }
        }
        channel.shutdownNow();
        loop.close();
    }

    /** The kernel's frames. All of them are asked for at once: the kernel sends no more than this task's calls allow. */
    private static final class Responses implements ClientResponseObserver<TaskFrame, KernelFrame> {
        private final FrameReceiver receiver;
        private final CountDownLatch ended = new CountDownLatch(1);

        Responses(FrameReceiver receiver) {
            this.receiver = receiver;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<TaskFrame> requests) {
            requests.disableAutoRequestWithInitial(Integer.MAX_VALUE);
        }

        @Override
        public void onNext(KernelFrame frame) {
            receiver.onFrame(frame);
        }

        @Override
        public void onError(Throwable t) {
            end(Status.fromThrowable(t));
        }

        @Override
        public void onCompleted() {
            end(Status.OK);
        }

        private void end(Status status) {
            @Nullable String why = status.getDescription();
            receiver.onEnd("the stream to the kernel has ended: " + status.getCode() + (why == null ? "" : ", " + why));
            ended.countDown();
        }
    }
}
