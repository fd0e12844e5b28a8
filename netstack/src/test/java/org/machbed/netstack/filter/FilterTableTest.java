package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Mach 3.0 device/net_io.c, net_filter and net_set_filter. */
class FilterTableTest {
    private static final MemorySegment FRAME = Frames.arp();

    private final FilterTable<String> table = new FilterTable<>();
    private final List<String> matched = new ArrayList<>();

    @Test
    void everyFilterThatMatchesGetsTheFrameHighestPriorityFirst() throws FilterException {
        table.add(SampleFilters.all(5), "low");
        table.add(SampleFilters.arp(20), "first of two");
        table.add(SampleFilters.arp(20), "second of two");
        table.add(SampleFilters.ipv4To(1, 24, 90), "none");
        table.add(SampleFilters.all(99), "high");

        assertThat(match()).isEqualTo(4);
        assertThat(matched).containsExactly("high", "first of two", "second of two", "low");
        // all: none; arp: 2 each; ipv4To ends at its EtherType: 2
        assertThat(table.instructionsExecuted()).isEqualTo(6);
    }

    @Test
    void fromPriority100OnAFilterKeepsWhatItMatches() throws FilterException {
        table.add(SampleFilters.all(99), "below");
        table.add(SampleFilters.arp(100), "keeps");
        table.add(SampleFilters.ipv4To(1, 24, 200), "does not match");

        assertThat(match()).isEqualTo(1);
        assertThat(matched).containsExactly("keeps");
    }

    @Test
    void aTargetHasOneFilterAndANewOneTakesItsPlace() throws FilterException {
        table.add(SampleFilters.all(5), "port");
        table.add(SampleFilters.ipv4To(1, 24, 7), "port");

        assertThat(table.size()).isEqualTo(1);
        assertThat(match()).isZero();
    }

    @Test
    void whatIsRemovedMatchesNoMore() throws FilterException {
        table.add(SampleFilters.all(5), "port");

        assertThat(table.remove("other")).isFalse();
        assertThat(table.remove("port")).isTrue();
        assertThat(table.remove("port")).isFalse();
        assertThat(match()).isZero();
    }

    @Test
    void aConsumerMayRemoveTheFilterThatMatched() throws FilterException {
        table.add(SampleFilters.all(5), "dead");
        table.add(SampleFilters.all(5), "alive");

        int matches = table.match(FRAME, 0, (int) FRAME.byteSize(), (target, memory, offset, length) -> {
            table.remove("dead");
            matched.add(target);
        });

        assertThat(matches).isEqualTo(2);
        assertThat(match()).isEqualTo(1);
    }

    @Test
    void theTableIsBounded() throws FilterException {
        for (int i = 0; i < FilterTable.MAXIMUM_FILTERS; i++) {
            table.add(SampleFilters.arp(1), "target " + i);
        }
        assertThatThrownBy(() -> table.add(SampleFilters.arp(1), "one more"))
                .isInstanceOf(FilterException.class)
                .hasMessage("filter: the interface has 64 filters already");
        table.add(SampleFilters.arp(2), "target 7");
    }

    @Test
    void aTableReadsInTheOrderOfAsking() throws FilterException {
        table.add(SampleFilters.all(5), "all");
        table.add(SampleFilters.arp(20), "arp");
        assertThat(table).hasToString("""
                        arp: priority 20
                        PUSHWORD+6              # EtherType
                        PUSHLIT|EQ 0x0806
                        all: priority 5
                        """);
    }

    private int match() {
        return table.match(FRAME, 0, (int) FRAME.byteSize(), (target, memory, offset, length) -> matched.add(target));
    }
}
