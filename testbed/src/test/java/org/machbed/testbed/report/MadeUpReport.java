package org.machbed.testbed.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.machbed.ipc.process.Crossing;
import org.machbed.testbed.claim.Claim;
import org.machbed.testbed.claim.ClaimJudge;
import org.machbed.testbed.claim.Evidence;
import org.machbed.testbed.claim.Rows;
import org.machbed.testbed.measure.RowResult;
import org.machbed.testbed.measure.RowSpec.RowRole;
import org.machbed.testbed.measure.Scenario;
import org.machbed.testbed.measure.Workload;
import org.machbed.testbed.paper.Paper;
import org.machbed.testbed.paper.PaperCatalog;

/** A report on rows that were made up. */
public final class MadeUpReport {
    private static final Map<Crossing, Long> TRAPS = Map.of(Crossing.TRAPS, 4L, Crossing.FRAMES_SENT, 2L);
    private static final Map<Crossing, Long> MESSAGES = Map.of(
            Crossing.TRAPS, 2L, Crossing.MESSAGES, 8L, Crossing.KERNEL_MESSAGES, 2L, Crossing.OUT_OF_LINE_MAPS, 2L);

    private MadeUpReport() {}

    /** Two workloads of a plain measurement, one of them a stream. */
    public static RunReport ofTwoWorkloads() {
        var stream = new Scenario(Workload.of("tcp-stream", 65_536), 65_535);
        Evidence evidence = Evidence.of(
                List.of(
                        Rows.row("in-kernel", "", RowRole.REFERENCE, 50, TRAPS),
                        Rows.row("linux", "", RowRole.BASELINE, 25, Map.of()),
                        Rows.row("in-kernel", "", RowRole.SAME_AGAIN, 50.3, TRAPS),
                        Rows.row(stream, 30, "in-kernel", "", RowRole.REFERENCE, 30, TRAPS),
                        Rows.row(stream, 30, "linux", "", RowRole.BASELINE, 24, Map.of()),
                        Rows.row(stream, 30, "in-kernel", "", RowRole.SAME_AGAIN, 33, TRAPS)),
                Rows.COSTS);
        return new RunReport(
                "machbed measure",
                "Machbed measurement",
                Instant.parse("2026-01-02T03:04:05Z"),
                Optional.empty(),
                Rows.SETTINGS,
                new Environment(Map.of(), List.of()),
                evidence,
                List.of());
    }

    /** All topologies of maeda92, and its claims. */
    public static RunReport report() {
        Paper paper = PaperCatalog.find("maeda92").orElseThrow();
        var rows = new ArrayList<RowResult>();
        rows.add(Rows.row("in-kernel", "", RowRole.REFERENCE, 50, TRAPS));
        double micros = 400;
        for (String topology : paper.topologies()) {
            if (topology.startsWith("server") || topology.startsWith("udp")) {
                rows.add(Rows.row(topology, "grpc", RowRole.COMPARED, micros, MESSAGES));
                rows.add(Rows.row(topology, "chronicle", RowRole.COMPARED, micros / 3, MESSAGES));
                micros -= 40;
            }
        }
        rows.add(Rows.row("linux", "", RowRole.BASELINE, 25, Map.of()));
        rows.add(Rows.row("in-kernel", "", RowRole.SAME_AGAIN, 50.3, TRAPS));
        Evidence evidence = Evidence.of(rows, Rows.COSTS);
        List<Claim> claims = new ArrayList<>(paper.claims());
        claims.addAll(PaperCatalog.ownBounds());
        return new RunReport(
                "machbed reproduce --paper maeda92",
                paper.title(),
                Instant.parse("2026-01-02T03:04:05Z"),
                Optional.of(paper),
                Rows.SETTINGS,
                new Environment(
                        Map.of("cpu", "A <CPU> & more", "kernel", "Linux 6", "jdk", "25"), List.of("no root: less")),
                evidence,
                ClaimJudge.judge(claims, evidence));
    }
}
