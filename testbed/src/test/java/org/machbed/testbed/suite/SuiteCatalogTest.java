package org.machbed.testbed.suite;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.paper.PaperCatalog;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlReader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SuiteCatalogTest {
    private final Suite tcp = SuiteCatalog.find("tcp").orElseThrow();

    @Test
    void measuresTopologiesThatThereAre() {
        assertThat(tcp.tables())
                .flatExtracting(Suite.Table::topologies)
                .allMatch(name -> TopologyCatalog.find(name).isPresent());
        assertThat(tcp.tables())
                .allSatisfy(table -> assertThat(table.topologies()).startsWith("in-kernel"));
    }

    @Test
    void measuresWhatItsClaimsAreAbout() {
        List<String> measured = tcp.tables().stream()
                .flatMap(table -> table.topologies().stream())
                .toList();

        assertThat(tcp.claims())
                .isNotEmpty()
                .allSatisfy(
                        claim -> assertThat(measured).containsAll(claim.rule().topologies()));
    }

    @Test
    void itsClaimsHaveNamesThatNoOthersHave() {
        assertThat(Stream.concat(tcp.claims().stream(), PaperCatalog.ownBounds().stream())
                        .map(Claim::id))
                .doesNotHaveDuplicates();
    }

    @Test
    void refusesWhatItDoesNotKnow() throws Exception {
        expect("{workload: chess, mtu: 1500, topologies: [linux]}", "s.yaml:4: unknown workload 'chess'");
        expect("{workload: tcp-rtt, mtu: 1500, hosts: [linux]}", "s.yaml:4: ");
        expect("{workload: tcp-rtt, topologies: [linux]}", "s.yaml:4: ");
    }

    private static void expect(String table, String complaint) throws Exception {
        var root = YamlReader.read("s.yaml", """
                title: t
                trial-millis: 100
                tables:
                  - %s
                claims: []
                """.formatted(table));

        assertThatThrownBy(() -> SuiteCatalog.suite("s", root))
                .isInstanceOf(YamlException.class)
                .hasMessageStartingWith(complaint);
    }
}
