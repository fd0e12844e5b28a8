package org.machbed.testbed.topology;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Topology files as users write them, sound and unsound. */
class TopologyReaderTest {
    private static final String SOUND = """
            name: mine
            paper: none
            stands-for: "a Unix server of my own"
            structure: unix
            demux-by: packet-filter
            wire: segment
            place:
              app: client-app
              sockets: protocol-server
              stack: protocol-server
              demux: kernel-node
              driver: kernel-node
            bind:
              app-sockets: message
              sockets-stack: call
              stack-driver: trap
              driver-demux: call
              demux-stack: message
            options:
              ipc: grpc
            """;

    @Test
    void readsASoundFile() throws Exception {
        Topology topology = TopologyReader.parse("mine.yaml", SOUND);

        assertThat(topology.name()).isEqualTo("mine");
        assertThat(topology.place(Component.STACK)).isEqualTo(ProcessKind.PROTOCOL_SERVER);
        assertThat(topology.binding(Edge.STACK_DRIVER)).isEqualTo(Binding.TRAP);
        assertThat(topology.options()).isEqualTo(Map.of(TopologyOption.IPC, "grpc"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name: mine              | name: Mine!            | mine.yaml:1: | is not a name",
                "paper: none             | papre: none            | mine.yaml:2: | unknown key 'papre'",
                "structure: unix         | structure: posix       | mine.yaml:4: | unknown structure 'posix'; known: kernel, unix",
                "structure: unix         | structure: library     | mine.yaml:4: | structure library does not live in protocol-server",
                "structure: unix         | structure: kernel      | mine.yaml:4: | structure kernel does not live in protocol-server",
                "demux-by: packet-filter | demux-by: family       | mine.yaml:5: | demux-by family does not go with demux-stack message",
                "wire: segment           | wire: window           | mine.yaml:6: | a wire joins two hosts",
                "wire: segment           | wire: loopback         | mine.yaml:6: | loopback belongs to the machine's own kernel",
                "app: client-app         | app: kernel-node       | mine.yaml:8: | the application lives in client-app",
                "app: client-app         | application: x         | mine.yaml:8: | unknown key 'application'",
                "stack: protocol-server  | stack: kernel-node     | mine.yaml:10:| nothing here can part them yet",
                "driver: kernel-node     | driver: client-app     | mine.yaml:12:| in client-app only a library owns the driver",
                "app-sockets: message    | app-sockets: call      | mine.yaml:14:| a call stays in one process",
                "app-sockets: message    | app-sockets: trap      | mine.yaml:14:| a trap enters kernel-node",
                "app-sockets: message    | app-sockets: pigeon    | mine.yaml:14:| unknown binding 'pigeon'",
                "app-sockets: message    | app-sockets: window    | mine.yaml:14:| a window joins kernel-node",
                "sockets-stack: call     | sockets-stack: message | mine.yaml:15:| a message goes from one process of ours to another",
                "stack-driver: trap      | stack-driver: window   | mine.yaml:18:| a window carries frames both ways",
                "stack-driver: trap      | stack-driver: java-nio | mine.yaml:16:| java-nio reaches the machine's own kernel",
                "demux-stack: message    | demux-stack: message-ool | mine.yaml:18:| received frames come in line",
                "ipc: grpc               | ipc: carrier-pigeon    | mine.yaml:20:| ipc is one of grpc, chronicle",
                "ipc: grpc               | queue: chronicle       | mine.yaml:20:| nothing in this topology heeds queue",
                "ipc: grpc               | buffers: lent          | mine.yaml:20:| nothing in this topology heeds buffers",
                "ipc: grpc               | speed: high            | mine.yaml:20:| unknown option 'speed'",
                "sockets: protocol-server| sockets: [a, b]        | mine.yaml:9: | expected one value here, not a list",
            })
    void refusesNonsenseWithFileLineAndReason(String right, String wrong, String where, String why) {
        assertThatThrownBy(() -> TopologyReader.parse("mine.yaml", SOUND.replaceFirst(right.strip(), wrong.strip())))
                .isInstanceOf(InvalidTopologyException.class)
                .hasMessageContaining(where.strip())
                .hasMessageContaining(why.strip());
    }

    /** The thread that brings the reply would be the one that waits for it; the server refuses it at its start. */
    @Test
    void refusesAServerThatWouldWaitForItself() throws Exception {
        String restructured = SOUND.replace("structure: unix", "structure: restructured")
                .replace("stack-driver: trap", "stack-driver: message-ool");
        String itself = restructured + "  threads: transport\n";

        assertThatThrownBy(() -> TopologyReader.parse("mine.yaml", itself))
                .hasMessage("mine.yaml:21: the thread that messages come in on cannot wait for the reply that"
                        + " stack-driver message-ool brings, so threads is virtual or platform here");
        assertThat(TopologyReader.parse("mine.yaml", itself.replace("message-ool", "trap"))
                        .threads())
                .isEqualTo("transport");
        assertThat(TopologyReader.parse("mine.yaml", restructured).threads()).isEqualTo("virtual");
        assertThat(TopologyReader.parse("mine.yaml", SOUND).threads()).isEqualTo("platform");
    }

    @Test
    void refusesAMissingComponent() {
        assertThatThrownBy(() -> TopologyReader.parse("mine.yaml", SOUND.replace("  demux: kernel-node\n", "")))
                .hasMessage("mine.yaml:7: place says nothing of demux");
    }

    @Test
    void tellsAllThatIsWrong() {
        String twice =
                SOUND.replace("app-sockets: message", "app-sockets: call").replace("wire: segment", "wire: loopback");

        assertThatThrownBy(() -> TopologyReader.parse("mine.yaml", twice))
                .isInstanceOfSatisfying(
                        InvalidTopologyException.class,
                        e -> assertThat(e.problems()).hasSize(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|the document is empty",
                "'- a'|expected keys with values",
                "'a: [1'|not YAML",
                "'name: x\nname: y'|name"
            })
    void refusesWhatIsNoTopologyAtAll(String document, String why) {
        assertThatThrownBy(() -> TopologyReader.parse("mine.yaml", document))
                .isInstanceOf(InvalidTopologyException.class)
                .hasMessageStartingWith("mine.yaml:")
                .hasMessageContaining(why);
    }

    @Test
    void refusesADocumentNestedWithoutEnd() {
        String deep = "a: " + "[".repeat(200) + "]".repeat(200);

        assertThatThrownBy(() -> TopologyReader.parse("deep.yaml", deep)).hasMessageContaining("nested deeper");
    }

    @Test
    void saysThatAFileIsNotThere() {
        assertThatThrownBy(() -> TopologyReader.read(Path.of("/nowhere/t.yaml")))
                .hasMessage("/nowhere/t.yaml: no such file");
    }

    @Test
    void allThatComeAlongAreSound() {
        assertThat(TopologyCatalog.all()).hasSize(12).extracting(Topology::name).isEqualTo(TopologyCatalog.names());
    }

    @Test
    void resolvesNamesAndFiles() {
        assertThatThrownBy(() -> TopologyCatalog.resolve("in-kernal"))
                .hasMessageContaining("unknown topology 'in-kernal'; known: in-kernel");
        assertThatThrownBy(() -> TopologyCatalog.resolve("./no.yaml")).hasMessageContaining("no such file");
    }
}
