package org.machbed.client.workload;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.machbed.client.channel.LendingChannels;
import org.machbed.client.channel.LentBuffer;

/** Datagrams in buffers that are lent: composed and looked at where they lie. What no frame carries is sent the ordinary way. */
final class LentDatagrams extends DatagramMessages {
    private final DatagramChannel channel;
    private final Payload payload;
    private final boolean fits;
    private @Nullable LentBuffer received;

    LentDatagrams(DatagramChannel channel, Payload payload) {
        this.channel = channel;
        this.payload = payload;
        this.fits = payload.bytes() <= LendingChannels.mostBytes(channel);
    }

    /** Where it is composed is a part of its sending. */
    @Override
    void prepare(long number) {
        payload.numbered(number);
    }

    @Override
    void send() throws IOException {
        if (!fits) {
            channel.write(payload.prepared());
            return;
        }
        LentBuffer room = LendingChannels.allocate(channel, payload.bytes());
        room.bytes().put(payload.prepared());
        LendingChannels.write(channel, room);
    }

    @Override
    void receive() throws IOException {
        received = LendingChannels.receive(channel);
    }

    @Override
    SocketAddress receiveFirst() throws IOException {
        receive();
        return lent().source();
    }

    private LentBuffer lent() {
        return Objects.requireNonNull(received, "a blocking channel");
    }

    @Override
    void check(long number) throws IOException {
        ByteBuffer bytes = lent().bytes();
        payload.check(bytes.position(bytes.limit()), number);
    }

    @Override
    void answer(long number) throws IOException {
        prepare(number);
        send();
    }

    @Override
    void done() {
        lent().giveBack();
        received = null;
    }
}
