package org.machbed.testbed.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.topology.Topology;
import org.machbed.testbed.topology.TopologyCatalog;
import org.machbed.testbed.topology.TopologyOption;

import static org.assertj.core.api.Assertions.assertThat;

class BatchesTest {
    private final List<RowSpec> rows = rows();

    private static List<RowSpec> rows() {
        var rows = new ArrayList<RowSpec>();
        rows.add(row("in-kernel", "", RowRole.REFERENCE));
        for (String topology : List.of("server-ipc", "udp-server")) {
            rows.add(row(topology, "grpc", RowRole.COMPARED));
            rows.add(row(topology, "chronicle", RowRole.COMPARED));
        }
        rows.add(row("linux", "", RowRole.BASELINE));
        rows.add(row("in-kernel", "", RowRole.SAME_AGAIN));
        return rows;
    }

    private static RowSpec row(String topology, String ipc, RowRole role) {
        Topology found = TopologyCatalog.find(topology).orElseThrow();
        String name = topology + ipc + (role == RowRole.SAME_AGAIN ? "again" : "");
        Topology variant = ipc.isEmpty() ? found : found.with(Map.of(TopologyOption.IPC, ipc));
        return new RowSpec(name, name, new SystemSpec(name, variant, 1500), Workload.udpRoundTrip(1), role);
    }

    @Test
    void allRowsShareTheirRoundsWhereTheyFit() {
        assertThat(Batches.of(rows, 7)).containsExactly(rows);
    }

    @Test
    void everyBatchHasTheReferenceAndCarriersStayTogether() {
        assertThat(Batches.of(rows, 5).stream()
                        .map(batch -> batch.stream().map(RowSpec::name).toList()))
                .containsExactly(
                        List.of("in-kernel", "in-kernelagain", "linux", "server-ipcgrpc", "udp-servergrpc"),
                        List.of("in-kernel", "server-ipcchronicle", "udp-serverchronicle"));
    }

    /** One system for each MTU, whose rows stay together. */
    @Test
    void aSystemBringsAllItsWorkloadsAndMtusAreApart() {
        var several = new ArrayList<RowSpec>();
        for (int mtuBytes : new int[] {1500, 65_535}) {
            for (Workload workload : List.of(Workload.udpRoundTrip(1), Workload.of("tcp-rtt", 1))) {
                for (RowSpec row : List.of(rows.getFirst(), rows.get(1), rows.getLast())) {
                    var system = new SystemSpec(row.name() + mtuBytes, row.topology(), mtuBytes);
                    several.add(new RowSpec(system.name() + workload.name(), row.name(), system, workload, row.role()));
                }
            }
        }

        assertThat(Batches.of(several, 6)).containsExactly(several);
        assertThat(Batches.of(several, 5))
                .hasSize(2)
                .allSatisfy(batch -> assertThat(batch).hasSize(6))
                .allSatisfy(batch -> assertThat(batch)
                        .extracting(row -> row.system().mtuBytes())
                        .containsOnly(batch.getFirst().system().mtuBytes()));
        assertThat(Batches.of(several, 2))
                .hasSize(4)
                .allSatisfy(batch ->
                        assertThat(batch).extracting(RowSpec::role).startsWith(RowRole.REFERENCE, RowRole.REFERENCE));
    }

    @Test
    void noRowIsLostHoweverLittleMemoryThereIs() {
        List<String> names = Batches.of(rows, 2).stream()
                .flatMap(List::stream)
                .map(RowSpec::name)
                .distinct()
                .toList();

        assertThat(names)
                .containsExactlyInAnyOrderElementsOf(
                        rows.stream().map(RowSpec::name).toList());
    }
}
