package org.machbed.testbed.peer;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerExpectContinueHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A server of Netty's, which knows nothing of Machbed: {@code PORT DIRECTORY}. It gives and takes the files of a directory; with
 * {@code ?gathered} it gives one as thousands of buffers in one flush.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes its connection.
final class PlainNettyServer {
    private static final int BACKLOG = 64;
    private static final int PIECE_BYTES = 1_000;

    private PlainNettyServer() {}

    public static void main(String[] arguments) throws InterruptedException {
        Path directory = Path.of(arguments[1]);
        new ServerBootstrap()
                .group(new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory()))
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpServerExpectContinueHandler(),
                                        new FilesHandler(directory));
                    }
                })
                .bind(Integer.parseInt(arguments[0]))
                .sync();
        System.out.println("listening");
    }

    private static final class FilesHandler extends SimpleChannelInboundHandler<HttpObject> {
        private final Path directory;
        private @Nullable FileChannel put;

        FilesHandler(Path directory) {
            this.directory = directory;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, HttpObject message) throws IOException {
            if (message instanceof HttpRequest request) {
                onRequest(context, request);
            }
            FileChannel file = put;
            if (file != null && message instanceof HttpContent content) {
                while (content.content().isReadable()) {
                    content.content().readBytes(file, content.content().readableBytes());
                }
                if (message instanceof LastHttpContent) {
                    file.close();
                    put = null;
                    answer(context, HttpResponseStatus.CREATED, 0);
                    context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                }
            }
        }

        private void onRequest(ChannelHandlerContext context, HttpRequest request) throws IOException {
            var uri = new QueryStringDecoder(request.uri());
            Path file = directory.resolve(uri.path().substring(1));
            if (request.method().equals(HttpMethod.PUT)) {
                put = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } else if (!Files.isRegularFile(file)) {
                answer(context, HttpResponseStatus.NOT_FOUND, 0);
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            } else {
                answer(context, HttpResponseStatus.OK, Files.size(file));
                if (uri.parameters().containsKey("gathered")) {
                    writePieces(context, Files.readAllBytes(file));
                } else {
                    context.write(new DefaultFileRegion(file.toFile(), 0, Files.size(file)));
                }
                context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            }
        }

        private static void writePieces(ChannelHandlerContext context, byte[] content) {
            for (int at = 0; at < content.length; at += PIECE_BYTES) {
                context.write(Unpooled.wrappedBuffer(content, at, Math.min(PIECE_BYTES, content.length - at)));
            }
        }

        private static void answer(ChannelHandlerContext context, HttpResponseStatus status, long bytes) {
            HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, bytes);
            context.write(response);
        }

        /** A client that goes away in the middle of a transfer loses its connection only. */
        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            System.err.println(cause);
            context.close();
        }
    }
}
