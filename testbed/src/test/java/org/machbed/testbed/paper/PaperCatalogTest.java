package org.machbed.testbed.paper;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlReader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PaperCatalogTest {
    private final Paper maeda92 = PaperCatalog.find("maeda92").orElseThrow();

    @Test
    void holdsThePublishedTimes() {
        assertThat(maeda92.publishedMillis("in-kernel")).isEqualTo(4.8);
        assertThat(maeda92.publishedMillis("server-ipc-vm")).isEqualTo(19.5);
        assertThat(maeda92.publishedMillis("server-ipc")).isEqualTo(14.3);
        assertThat(maeda92.publishedMillis("server-syscall")).isEqualTo(13.6);
        assertThat(maeda92.publishedMillis("server-mapped")).isEqualTo(13.1);
        assertThat(maeda92.publishedMillis("udp-server")).isEqualTo(4.2);
        assertThat(maeda92.publishedMillis("udp-server-direct")).isEqualTo(4.0);
        assertThat(maeda92.publishedMillis("linux")).isNaN();
    }

    @Test
    void measuresTheReferenceFirstAndTheBaselineLast() {
        List<String> topologies = List.copyOf(maeda92.topologies());

        assertThat(topologies)
                .hasSize(9)
                .startsWith("in-kernel")
                .endsWith("linux")
                .contains("server-window");
        assertThat(topologies).allMatch(name -> TopologyCatalog.find(name).isPresent());
    }

    @Test
    void itsClaimsHaveDifferentNames() {
        List<Claim> all = new java.util.ArrayList<>(maeda92.claims());
        all.addAll(PaperCatalog.ownBounds());

        assertThat(maeda92.claims()).hasSizeGreaterThanOrEqualTo(8);
        assertThat(new HashSet<>(all.stream().map(Claim::id).toList())).hasSameSizeAs(all);
    }

    @Test
    void refusesARuleThatItDoesNotKnow() throws Exception {
        var root = YamlReader.read("p.yaml", """
                title: t
                workload: {name: udp-rtt, bytes: 1, operations: 1000}
                reference: in-kernel
                baseline: linux
                tables: []
                also: []
                claims:
                  - id: x
                    statement: s
                    rule: divination
                """);

        assertThatThrownBy(() -> PaperCatalog.paper("p", root))
                .isInstanceOf(YamlException.class)
                .hasMessage("p.yaml:10: unknown rule 'divination'");
    }
}
