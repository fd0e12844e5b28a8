package org.machbed.kernel.port;

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.machbed.ipc.mach.GrpcTransport;
import org.machbed.ipc.memory.Sharing;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.port.PortCounters.Count;
import org.machbed.proto.mach.KernelFrame;
import org.machbed.proto.mach.KernelGrpc;
import org.machbed.proto.mach.Operation;
import org.machbed.proto.mach.TaskFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gRPC side of the kernel: one stream per task on one event loop, where a frame of one task is relayed to another without
 * any hand-over between threads. The stream is the task, also for tasks whose frames travel through Chronicle queues: when it
 * ends, however it ends, the task is dead.
 */
final class GrpcKernel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcKernel.class);
    private static final int CLOSE_SECONDS = 1;

    /**
     * Frames that a task may have sent ahead. New ones are asked for only while the task reads its answers, so a task that never
     * reads is stopped after as many.
     */
    private static final int FRAMES_AHEAD = 512;

    private final GrpcTransport.Loop loop;
    private final Server server;

    private GrpcKernel(GrpcTransport.Loop loop, Server server) {
        this.loop = loop;
        this.server = server;
    }

    static GrpcKernel start(HostDirectory host, Relay relay, @Nullable ChronicleKernel chronicle) throws IOException {
        GrpcTransport.Loop loop = GrpcTransport.newLoop("kernel");
        try {
            Server server = GrpcTransport.server(host.kernelSocket(), loop, new Service(relay, chronicle))
                    .start();
            Sharing.admit(host.kernelSocket());
            return new GrpcKernel(loop, server);
        } catch (IOException | RuntimeException e) {
            loop.close();
            throw e;
        }
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            if (!server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("the gRPC server has not ended within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        loop.close();
    }

    private static final class Service extends KernelGrpc.KernelImplBase {
        private final Relay relay;
        private final @Nullable ChronicleKernel chronicle;

        Service(Relay relay, @Nullable ChronicleKernel chronicle) {
            this.relay = relay;
            this.chronicle = chronicle;
        }

        @Override
        public StreamObserver<TaskFrame> attach(StreamObserver<KernelFrame> responses) {
            ServerCallStreamObserver<KernelFrame> output = (ServerCallStreamObserver<KernelFrame>) responses;
            TaskStream stream = new TaskStream(relay, chronicle, output);
            output.disableAutoRequest();
            output.setOnCancelHandler(stream::ended);
            output.setOnReadyHandler(stream::onReady);
            output.request(FRAMES_AHEAD);
            return stream;
        }
    }

    /** One task's stream. gRPC calls it on the event loop only. */
    private static final class TaskStream implements StreamObserver<TaskFrame>, TaskOutput {
        private final Relay relay;
        private final @Nullable ChronicleKernel chronicle;
        private final ServerCallStreamObserver<KernelFrame> output;
        private @Nullable Task task;
        private @Nullable ChronicleAttachment attachment;
        private int framesToRequest;

        TaskStream(Relay relay, @Nullable ChronicleKernel chronicle, ServerCallStreamObserver<KernelFrame> output) {
            this.relay = relay;
            this.chronicle = chronicle;
            this.output = output;
        }

        @Override
        public void onNext(TaskFrame frame) {
            framesToRequest++;
            if (task != null && attachment == null) {
                relay.onFrame(task, frame);
            } else if (task == null && frame.getOperation() == Operation.ATTACH) {
                attach(frame);
            } else {
                relay.counters.count(Count.MALFORMED_FRAMES);
            }
            if (framesToRequest >= FRAMES_AHEAD / 2) {
                requestMore();
            }
        }

        private void attach(TaskFrame frame) {
            try {
                KernelFrame.Builder answer = KernelFrame.newBuilder().setCall(frame.getCall());
                if (frame.getValue() == 0) {
                    task = relay.attach(frame.getText(), this);
                } else if (chronicle != null) {
                    ChronicleAttachment attached = chronicle.attach(frame.getText(), this::abort);
                    if (attached != null) {
                        attachment = attached;
                        task = attached.task();
                        answer.setText(attached.directoryName());
                    }
                } else {
                    output.onError(Status.UNIMPLEMENTED
                            .withDescription("this kernel serves no Chronicle queues")
                            .asRuntimeException());
                    return;
                }
                if (task == null) {
                    output.onError(Status.RESOURCE_EXHAUSTED
                            .withDescription("the kernel has as many tasks as it takes")
                            .asRuntimeException());
                    return;
                }
                LOG.debug("{} attached", task);
                output.onNext(answer.setValue(task.number).build());
            } catch (IOException e) {
                LOG.warn("cannot attach task {}", frame.getText(), e);
                output.onError(Status.RESOURCE_EXHAUSTED
                        .withDescription(e.getMessage())
                        .asRuntimeException());
            }
        }

        /** The task's queues or stream are of no use any more: so the task ends. Any thread. */
        private void abort() {
            try {
                output.onError(Status.ABORTED
                        .withDescription("the kernel cannot talk with the task any more")
                        .asRuntimeException());
            } catch (IllegalStateException e) {
                LOG.debug("the stream has ended already", e);
            }
            ended();
        }

        private void requestMore() {
            if (output.isReady() && !output.isCancelled()) {
                output.request(framesToRequest);
                framesToRequest = 0;
            }
        }

        void onReady() {
            if (framesToRequest >= FRAMES_AHEAD / 2) {
                requestMore();
            }
            if (task != null && attachment == null) {
                relay.onReady(task);
            }
        }

        @Override
        public void onError(Throwable t) {
            ended();
        }

        @Override
        public void onCompleted() {
            ended();
            if (!output.isCancelled()) {
                output.onCompleted();
            }
        }

        void ended() {
            Task ended = task;
            if (ended != null) {
                LOG.debug("{} is gone", ended);
                relay.gone(ended);
            }
            if (attachment != null) {
                attachment.end();
            }
        }

        @Override
        public void deliver(KernelFrame frame) {
            if (output.isCancelled()) {
                return;
            }
            try {
                output.onNext(frame);
            } catch (RuntimeException e) {
                // Another task's frame is being relayed: that one must not fail for this one's sake.
                LOG.warn("no frame can be sent to {}", task, e);
                relay.afterUnlock(this::abort);
            }
        }

        @Override
        public boolean isReady() {
            return output.isReady();
        }
    }
}
