package org.machbed.testbed.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.testbed.launch.HostSettings;
import org.machbed.testbed.launch.Pinning;
import org.machbed.testbed.launch.RunFailure;
import org.machbed.testbed.launch.WireEnd;
import org.machbed.testbed.topology.TopologyCatalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class HostRunTest {
    @Test
    void aHostThatThereIsNoRoomForLeavesNothing(@TempDir Path directory) throws Exception {
        Path temporary = Files.createDirectory(directory.resolve("temporary"));
        Path missing = directory.resolve("missing");
        var wanted = new HostOptions.Wanted(
                TopologyCatalog.find("in-kernel").orElseThrow(),
                HostSettings.a(new Pinning(0, 0)),
                "segment",
                new WireEnd("segment", 1500, Optional.empty(), Optional.empty()));

        assertThatThrownBy(() -> HostRun.open(wanted, missing, temporary))
                .isInstanceOf(RunFailure.class)
                .hasMessageContaining(missing.toString());
        try (var left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
    }
}
