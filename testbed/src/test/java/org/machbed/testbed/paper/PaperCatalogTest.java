package org.machbed.testbed.paper;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.yaml.YamlException;
import org.machbed.testbed.yaml.YamlReader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PaperCatalogTest {
    private static final Workload ROUND_TRIP = Workload.udpRoundTrip(1);

    private final Paper maeda92 = PaperCatalog.find("maeda92").orElseThrow();

    @Test
    void holdsThePublishedTimes() {
        assertThat(maeda92.published(ROUND_TRIP, "in-kernel")).isEqualTo(4.8);
        assertThat(maeda92.published(ROUND_TRIP, "server-ipc-vm")).isEqualTo(19.5);
        assertThat(maeda92.published(ROUND_TRIP, "server-ipc")).isEqualTo(14.3);
        assertThat(maeda92.published(ROUND_TRIP, "server-syscall")).isEqualTo(13.6);
        assertThat(maeda92.published(ROUND_TRIP, "server-mapped")).isEqualTo(13.1);
        assertThat(maeda92.published(ROUND_TRIP, "udp-server")).isEqualTo(4.2);
        assertThat(maeda92.published(ROUND_TRIP, "udp-server-direct")).isEqualTo(4.0);
        assertThat(maeda92.published(ROUND_TRIP, "linux")).isNaN();
    }

    @Test
    void aPaperMayHaveSeveralWorkloadsAndPublishThroughput() {
        Paper maeda93 = PaperCatalog.find("maeda93").orElseThrow();
        Workload stream = Workload.of("tcp-stream", Workload.defaultBytes("tcp-stream"));
        assertThat(maeda93.workloads()).containsExactly(ROUND_TRIP, Workload.of("tcp-rtt", 1), stream);
        assertThat(maeda93.published(ROUND_TRIP, "library")).isEqualTo(1.50);
        assertThat(maeda93.published(stream, "library")).isEqualTo(995);
        assertThat(maeda93.published(ROUND_TRIP, "library-newapi")).isEqualTo(1.46);
        assertThat(maeda93.published(stream, "library-newapi")).isEqualTo(1002);
        assertThat(maeda93.publishedRatio(ROUND_TRIP, "library")).isEqualTo(1.50 / 1.45);
        // What moves less takes longer.
        assertThat(maeda93.publishedRatio(stream, "library")).isEqualTo(1070.0 / 995);
        assertThat(maeda93.publishedRatio(stream, "linux")).isNaN();
        assertThat(maeda93.topologies())
                .allMatch(name -> TopologyCatalog.find(name).isPresent());
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
                year: 1992
                trial: {operations: 1000}
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
                .hasMessage("p.yaml:11: unknown rule 'divination'");
    }
}
