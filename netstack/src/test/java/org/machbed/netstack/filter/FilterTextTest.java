package org.machbed.netstack.filter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FilterTextTest {
    @Test
    void wordsAreThoseOfNetStatusHeader() throws FilterException {
        // NETF_PUSHWORD+6, NETF_PUSHLIT|NETF_CAND, literal, NETF_PUSHHDR+6, NETF_PUSHSTK+1, NETF_SUB
        assertThat(FilterAssembler.assemble("PUSHWORD+6; PUSHLIT|CAND 0x0800\nPUSHHDR+6; PUSHSTK+1; SUB"))
                .containsExactly(22, 1 | (10 << 10), 0x0800, 966, 993, 17 << 10);
    }

    @Test
    void textMayBeSmallAndCommented() throws FilterException {
        assertThat(FilterAssembler.assemble("# nothing\n  pushlit|eq 0X1f # some\n\n;; nopush|and ;NOPUSH"))
                .containsExactly(1 | (1 << 10), 0x1f, 6 << 10, 0);
    }

    @Test
    void aFilterReadsLikeOne() {
        assertThat(SampleFilters.udpPort(0xC0000201, 5001, 10)).hasToString("""
                        priority 10
                        PUSHWORD+6              # EtherType
                        PUSHLIT|CAND 0x0800     # no match unless equal
                        PUSHWORD+11             # IPv4 time to live, protocol
                        PUSHLIT|AND 0x00ff
                        PUSHLIT|CAND 0x0011     # no match unless equal
                        PUSHWORD+10             # IPv4 flags, fragment offset
                        PUSHLIT|AND 0x1fff
                        PUSHZERO|CAND           # no match unless equal
                        PUSHWORD+7              # IPv4 version, header length, service
                        PUSHLIT|AND 0x0f00
                        PUSHLIT|RSH 0x0007
                        PUSHLIT|ADD 0x0007
                        PUSHLIT|ADD 0x0001
                        PUSHIND                 # the word that the top numbers
                        PUSHLIT|CAND 0x1389     # no match unless equal
                        PUSHWORD+16             # IPv4 destination
                        PUSHLIT|CAND 0x0201     # no match unless equal
                        PUSHWORD+15             # IPv4 destination
                        PUSHLIT|CAND 0xc000     # no match unless equal
                        """);
    }

    @Test
    void wordsThatAreNoInstructionsCanBeReadToo() {
        assertThat(FilterDisassembler.disassemble(new int[] {0xffff, 13, 1})).isEqualTo("""
                        .word 0xffff            # no instruction
                        .word 0x000d            # no instruction
                        .word 0x0001            # no instruction
                        """);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "PUSHONE; PUSH ~ filter line 1: no such action: PUSH",
                "PUSHONE|EQUAL ~ filter line 1: no such operator: EQUAL",
                "PUSHONE|EQ|EQ ~ filter line 1: more than one operator: PUSHONE|EQ|EQ",
                "PUSHONE+1 ~ filter line 1: PUSHONE takes no index",
                "PUSHWORD ~ filter line 1: PUSHWORD needs an index, as PUSHWORD+0",
                "PUSHWORD+944 ~ filter line 1: 944 is not between 0 and 943",
                "PUSHHDR+7 ~ filter line 1: 7 is not between 0 and 6",
                "PUSHSTK+-1 ~ filter line 1: -1 is not between 0 and 31",
                "PUSHLIT ~ filter line 1: PUSHLIT needs one literal",
                "PUSHLIT 1 2 ~ filter line 1: PUSHLIT needs one literal",
                "PUSHLIT 65536 ~ filter line 1: 65536 is not between 0 and 65535",
                "PUSHLIT ten ~ filter line 1: no number: TEN",
                "PUSHONE 1 ~ filter line 1: PUSHONE takes no literal: 1",
            })
    void textThatIsNoFilterIsRefused(String text, String reason) {
        assertThatThrownBy(() -> FilterAssembler.assemble(text))
                .isInstanceOf(FilterException.class)
                .hasMessage(reason);
    }

    @Test
    void anErrorNamesItsLine() {
        assertThatThrownBy(() -> FilterAssembler.assemble("PUSHONE\n\nPUSHTWO"))
                .isInstanceOfSatisfying(
                        FilterException.class, e -> assertThat(e.index()).isEqualTo(3));
    }
}
