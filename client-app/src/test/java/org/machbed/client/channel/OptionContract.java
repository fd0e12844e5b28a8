package org.machbed.client.channel;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Socket options. */
interface OptionContract extends OnEnds {
    @Test
    default void optionsOfDatagramsAreThere() {
        assertThat(ends().openA().supportedOptions())
                .contains(
                        StandardSocketOptions.SO_RCVBUF,
                        StandardSocketOptions.SO_SNDBUF,
                        StandardSocketOptions.SO_BROADCAST,
                        StandardSocketOptions.SO_REUSEADDR,
                        StandardSocketOptions.IP_TOS);
    }

    @Test
    default void flagsAreKept() throws IOException {
        DatagramChannel channel = ends().openA();
        for (SocketOption<Boolean> flag :
                List.of(StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.SO_REUSEADDR)) {
            assertThat(channel.setOption(flag, true)).isSameAs(channel);
            assertThat(channel.getOption(flag)).as("%s", flag).isTrue();
            channel.setOption(flag, false);
            assertThat(channel.getOption(flag)).as("%s", flag).isFalse();
        }
    }

    @Test
    default void numbersAreKept() throws IOException {
        DatagramChannel channel = ends().openA();
        channel.setOption(StandardSocketOptions.IP_TOS, 0x10);
        assertThat(channel.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x10);
        // Linux doubles the sizes, so that they bound what it really keeps.
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 70_000);
        assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isGreaterThanOrEqualTo(70_000);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, 70_000);
        assertThat(channel.getOption(StandardSocketOptions.SO_SNDBUF)).isGreaterThanOrEqualTo(70_000);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"})
    default void wrongValuesAreRefused() {
        DatagramChannel channel = ends().openA();
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_TOS, 256))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_TOS, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.SO_RCVBUF, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.setOption((SocketOption) StandardSocketOptions.SO_RCVBUF, "many"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> channel.setOption((SocketOption) StandardSocketOptions.SO_BROADCAST, null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @SuppressWarnings("NullAway") // null is what is tested
    default void unknownOptionsAreRefused() {
        DatagramChannel channel = ends().openA();
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.TCP_NODELAY))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> channel.getOption(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    default void closedChannelHasNoOptions() throws IOException {
        DatagramChannel channel = ends().openA();
        channel.close();
        assertThatThrownBy(() -> channel.getOption(StandardSocketOptions.IP_TOS))
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> channel.setOption(StandardSocketOptions.IP_TOS, 0))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(channel.supportedOptions()).isNotEmpty();
    }
}
