package org.machbed.server;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Arguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.netstack.tcp.congestion.CongestionAlgorithm;
import org.machbed.server.ServerArguments.ServerKind;
import org.machbed.server.driver.ReceiveBinding;
import org.machbed.server.driver.TransmitBinding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Command lines of the server: what is understood, and what is refused with which words. */
class ServerArgumentsTest {
    private static final List<String> SYSCALL = List.of(
            "--host-directory=/dev/shm/run/a",
            "--process-name=server",
            "--server=unix",
            "--ipc=grpc",
            "--transmit=trap",
            "--receive=message",
            "--wire=none",
            "--mac=02:00:00:00:00:01",
            "--address=192.0.2.1/24");

    private static ServerArguments parse(String... changes) {
        List<String> line = new ArrayList<>(SYSCALL);
        for (String change : changes) {
            String key = change.substring(0, change.indexOf('=') + 1);
            line.removeIf(argument -> argument.startsWith(key));
            line.add(change);
        }
        return Arguments.parse(line.toArray(String[]::new), ServerArguments.class);
    }

    private static void assertRefused(String reason, String... changes) {
        assertThatThrownBy(() -> parse(changes))
                .as(Arrays.toString(changes))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void aWholeLineIsUnderstood() {
        ServerArguments arguments =
                parse("--mtu=9000", "--gateway=192.0.2.254", "--udp-checksum=false", "--congestion=new-reno");
        assertThat(arguments.server()).isEqualTo(ServerKind.UNIX);
        assertThat(arguments.ipc()).isEqualTo(MachTransport.GRPC);
        assertThat(arguments.driver().transmit()).isEqualTo(TransmitBinding.TRAP);
        assertThat(arguments.driver().receive()).isEqualTo(ReceiveBinding.MESSAGE);
        assertThat(arguments.driver().isInKernel()).isTrue();
        assertThat(arguments.stack().ipv4()).isEqualTo(0xC0000201);
        assertThat(arguments.stack().prefixLength()).isEqualTo(24);
        assertThat(arguments.stack().gatewayIpv4()).isEqualTo(0xC00002FE);
        assertThat(arguments.stack().mtuBytes()).isEqualTo(9000);
        assertThat(arguments.stack().udpChecksum()).isFalse();
        assertThat(arguments.stack().tcp().congestion()).isEqualTo(CongestionAlgorithm.NEW_RENO);
        assertThat(arguments.stack().seed()).isNotEqualTo(parse().stack().seed());
    }

    @Test
    void aServerThatIsTheDriverHasTheWire() {
        ServerArguments arguments = parse("--transmit=call", "--receive=call", "--wire=segment:/dev/shm/run/wire");
        assertThat(arguments.driver().isInKernel()).isFalse();
        assertRefused("needs a wire", "--transmit=call", "--receive=call");
        assertRefused("both transmits and receives by call", "--transmit=call");
        assertRefused("a wire is for a server that transmits by call", "--wire=segment:/dev/shm/run/wire");
        assertRefused("both transmits and receives by call", "--receive=call");
        assertRefused("receives by it too", "--transmit=window");
        assertRefused("capture needs a wire", "--capture=/tmp/x.pcapng");
    }

    @Test
    void sessionsLeaveAUnixServerWithAWindow() {
        assertThat(parse().driver().sessions()).isFalse();
        assertThat(parse("--sessions=true", "--transmit=window", "--receive=window")
                        .driver()
                        .sessions())
                .isTrue();
        assertRefused("receives by window", "--sessions=true");
        assertRefused("for --server=unix", "--sessions=true", "--transmit=window", "--receive=window", "--server=udp");
    }

    @Test
    void theThreadsAreTheUdpServers() {
        assertThat(parse("--server=udp", "--threads=virtual").threads()).contains(ServerThreadKind.VIRTUAL);
        assertThat(parse("--server=udp", "--threads=transport").threads()).contains(ServerThreadKind.TRANSPORT);
        assertThat(parse("--server=udp", "--threads=platform").threadKind()).isEqualTo(ServerThreadKind.PLATFORM);
        assertThat(parse("--server=udp").threadKind()).isEqualTo(ServerThreadKind.TRANSPORT);
        assertThat(parse("--server=udp", "--transmit=message").threadKind()).isEqualTo(ServerThreadKind.VIRTUAL);
        assertThat(parse("--server=udp", "--transmit=message-ool").threadKind()).isEqualTo(ServerThreadKind.VIRTUAL);
        assertThat(parse("--threads=platform").threads()).contains(ServerThreadKind.PLATFORM);
        assertRefused("the threads of the Unix server are wired", "--threads=virtual");
        assertRefused("cannot wait", "--server=udp", "--threads=transport", "--transmit=message");
    }

    @Test
    void nonsenseIsRefusedByName() {
        assertRefused("--address", "--address=192.0.2.1");
        assertRefused("--address", "--address=192.0.2.1/33");
        assertRefused("--mac", "--mac=02:00");
        assertRefused("does not name one host", "--address=192.0.2.0/24");
        assertRefused("mtu", "--mtu=1");
        assertRefused("none of", "--transmit=pigeon");
        assertRefused("no key --lock", "--lock=reentrant");
        assertRefused("no key --colour", "--colour=blue");
    }
}
