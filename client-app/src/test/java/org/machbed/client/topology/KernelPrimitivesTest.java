package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.machbed.client.Child;
import org.machbed.client.ClientApp;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.kernel.KernelNode;

import static org.assertj.core.api.Assertions.assertThat;

/** Primitives that need a kernel-node, and that they are made of what they say: by the counts. */
@Timeout(120)
class KernelPrimitivesTest {
    private static final int OPERATIONS = 100;

    @TempDir
    private Path directory;

    private HostDirectory host;
    private Child kernel;
    private Child serving;
    private Child calling;

    private void start(MachTransport ipc) throws IOException {
        host = HostDirectory.create(directory.resolve("host"));
        boolean chronicle = ipc == MachTransport.CHRONICLE;
        kernel = start(KernelNode.class, "kernel", "--wire=none", "--chronicle=" + chronicle);
        String carrier = "--ipc=" + (chronicle ? "chronicle" : "grpc");
        serving = start(ClientApp.class, "serving", carrier);
        calling = start(ClientApp.class, "calling", carrier);
    }

    private Child start(Class<?> main, String name, String... more) throws IOException {
        String[] arguments = new String[more.length + 2];
        arguments[0] = "--host-directory=" + host.path();
        arguments[1] = "--process-name=" + name;
        System.arraycopy(more, 0, arguments, 2, more.length);
        Child child = Child.start(main, directory, arguments);
        assertThat(child.line()).startsWith("READY");
        return child;
    }

    @AfterEach
    void kill() {
        calling.kill();
        serving.kill();
        kernel.kill();
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void countsAreWhatAPrimitiveIsMadeOf(MachTransport ipc) throws IOException {
        start(ipc);
        alone("nullTrap");
        assertThat(count("calling", Crossing.TRAPS)).isEqualTo(OPERATIONS);

        pair("nullRpc");
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo(2 * OPERATIONS);

        alone("kernelRpc");
        assertThat(count("kernel", Crossing.KERNEL_MESSAGES)).isEqualTo(2 * OPERATIONS);
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo(2 * OPERATIONS);

        pair("outOfLineMap");
        assertThat(count("serving", Crossing.OUT_OF_LINE_MAPS)).isEqualTo(OPERATIONS);
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo((2 + 4) * OPERATIONS);
    }

    private void alone(String primitive) throws IOException {
        assertThat(calling.ask("connect primitive=" + primitive)).isEqualTo("CONNECTED {}");
        assertMeasured(primitive, calling.ask("trial operations=" + OPERATIONS));
    }

    private void pair(String primitive) throws IOException {
        String said = serving.ask("serve primitive=" + primitive);
        String service = said.replaceAll("SERVING \\{\"service\":\"(.*)\"\\}", "$1");
        assertThat(calling.ask("connect primitive=" + primitive + " service=" + service))
                .isEqualTo("CONNECTED {}");
        serving.say("trial operations=" + OPERATIONS);
        assertMeasured(primitive, calling.ask("trial operations=" + OPERATIONS));
        assertThat(serving.line()).isEqualTo("DONE {\"operations\":" + OPERATIONS + "}");
    }

    private static void assertMeasured(String primitive, String reply) {
        assertThat(reply)
                .as(primitive)
                .startsWith("DONE {\"operations\":" + OPERATIONS + ",")
                .contains("\"nanosPerOperation\":", "\"medianNanosPerOperation\":", "\"histogram\":\"");
    }

    private long count(String process, Crossing crossing) throws IOException {
        Map<Crossing, Long> counts = Crossings.read(host.crossings(process));
        return counts.getOrDefault(crossing, -1L);
    }
}
