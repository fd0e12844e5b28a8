package org.machbed.client.topology;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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

    private final List<Child> children = new ArrayList<>();

    @BeforeEach
    void createHost() throws IOException {
        host = HostDirectory.create(directory.resolve("host"));
    }

    @AfterEach
    void kill() {
        children.forEach(Child::kill);
    }

    private Child start(Class<?> main, String name, String... more) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("--host-directory=" + host.path(), "--process-name=" + name));
        arguments.addAll(List.of(more));
        Child child = Child.start(main, directory, arguments.toArray(String[]::new));
        children.add(child);
        assertThat(child.line()).startsWith("READY");
        return child;
    }

    @ParameterizedTest
    @EnumSource(MachTransport.class)
    void countsAreWhatAPrimitiveIsMadeOf(MachTransport ipc) throws IOException {
        boolean chronicle = ipc == MachTransport.CHRONICLE;
        String carrier = "--ipc=" + (chronicle ? "chronicle" : "grpc");
        start(KernelNode.class, "kernel", "--wire=none", "--chronicle=" + chronicle);
        Child serving = start(ClientApp.class, "serving", carrier);
        Child calling = start(ClientApp.class, "calling", carrier);

        alone(calling, "nullTrap");
        assertThat(count("calling", Crossing.TRAPS)).isEqualTo(OPERATIONS);

        pair(serving, calling, "nullRpc");
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo(2 * OPERATIONS);

        alone(calling, "kernelRpc");
        assertThat(count("kernel", Crossing.KERNEL_MESSAGES)).isEqualTo(2 * OPERATIONS);
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo(2 * OPERATIONS);

        alone(calling, "kernelIndication");
        assertThat(count("kernel", Crossing.INDICATIONS)).isEqualTo(OPERATIONS);
        assertThat(count("kernel", Crossing.KERNEL_MESSAGES)).isEqualTo((2 + 1) * OPERATIONS + 2);
        assertThat(count("calling", Crossing.TRAPS)).isEqualTo(2 * OPERATIONS);

        pair(serving, calling, "outOfLineMap");
        assertThat(count("serving", Crossing.OUT_OF_LINE_MAPS)).isEqualTo(OPERATIONS);
        assertThat(count("kernel", Crossing.MESSAGES)).isEqualTo((2 + 4) * OPERATIONS);
    }

    private static void alone(Child calling, String primitive) throws IOException {
        assertThat(calling.ask("connect primitive=" + primitive)).isEqualTo("CONNECTED {}");
        assertMeasured(primitive, calling.ask("trial operations=" + OPERATIONS));
    }

    private static void pair(Child serving, Child calling, String primitive) throws IOException {
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
