package org.machbed.ipc.mach;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.netty.shaded.io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How gRPC is set up here, for the transport of Mach messages and for whoever measures gRPC alone: Unix-domain sockets, one event
 * loop per process, no executor between the event loop and the code that it calls, fixed flow-control windows (the estimator of
 * the default ones sends pings).
 */
public final class GrpcTransport {
    /** Longest frame, bytes; longer ones end the stream. A frame of the longest legal message fits with room to spare. */
    public static final int MAX_FRAME_BYTES = 1024 * 1024;

    private static final int FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;

    /**
     * Takes back an option that gRPC sets on every connection. Keep-alive is TCP's: Netty logs a warning that a Unix-domain
     * socket knows no such option.
     */
    private static final @Nullable Boolean UNSET = null;

    private GrpcTransport() {}

    /** A single event loop and its thread. */
    public static final class Loop implements AutoCloseable {
        private final String name;
        private final EventLoopGroup group;
        private volatile @Nullable Thread thread;

        private Loop(String name) {
            this.name = name;
            this.group = new MultiThreadIoEventLoopGroup(1, this::newThread, EpollIoHandler.newFactory());
        }

        private Thread newThread(Runnable work) {
            Thread made =
                    Thread.ofPlatform().daemon().name(name + "-event-loop").unstarted(work);
            thread = made;
            return made;
        }

        /** Whether the calling thread is the loop's. */
        public boolean isCurrent() {
            return Thread.currentThread().equals(thread);
        }

        @Override
        public void close() {
            // Nobody waits: the thread is a daemon, and may be the caller.
            Future<?> _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    /** A new event loop; its thread starts with the first connection. */
    public static Loop newLoop(String name) {
        return new Loop(name);
    }

    /** A channel to a server's socket; it connects with its first call. */
    public static ManagedChannel channel(Path socket, Loop loop) {
        return NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .eventLoopGroup(loop.group)
                .channelType(EpollDomainSocketChannel.class)
                .directExecutor()
                .usePlaintext()
                .disableRetry()
                .withOption(ChannelOption.SO_KEEPALIVE, UNSET)
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(MAX_FRAME_BYTES)
                .build();
    }

    /** A server on a socket, not started yet. */
    public static Server server(Path socket, Loop loop, BindableService service) {
        return NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toString()))
                .bossEventLoopGroup(loop.group)
                .workerEventLoopGroup(loop.group)
                .channelType(EpollServerDomainSocketChannel.class)
                .withChildOption(ChannelOption.SO_KEEPALIVE, UNSET)
                .directExecutor()
                .flowControlWindow(FLOW_CONTROL_WINDOW_BYTES)
                .maxInboundMessageSize(MAX_FRAME_BYTES)
                .addService(service)
                .build();
    }
}
