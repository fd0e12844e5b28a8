package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Mogul, Rashid and Accetta 1987, section 3.1; Mach 3.0 device/net_status.h. */
class PacketFilterTest {
    private static final MemorySegment FRAME = Frames.of("0001 0203 8485 0607 0809 0a0b 0c0d 0e0f 10");
    private static final int FRAME_BYTES = 17;

    private final FilterMachine machine = new FilterMachine();

    @Test
    void theEmptyProgramMatchesEveryFrame() throws FilterException {
        assertThat(matches("")).isTrue();
        assertThat(machine.instructionsExecuted()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "PUSHZERO, 0x0000",
        "PUSHONE, 0x0001",
        "PUSHFFFF, 0xffff",
        "PUSHFF00, 0xff00",
        "PUSH00FF, 0x00ff",
        "PUSHLIT 0x1234, 0x1234",
        "PUSHWORD+0, 0x0001",
        "PUSHWORD+2, 0x8485",
        "PUSHWORD+7, 0x0e0f",
        "PUSHHDR+6, 0x0c0d",
        "PUSHLIT 7; PUSHIND, 0x0e0f",
        "PUSHLIT 6; PUSHHDRIND, 0x0c0d",
        "PUSHLIT 5; PUSHLIT 9; PUSHSTK+1, 5",
        "PUSHSTK+0, 1",
    })
    void actionsFetch(String program, String expected) throws FilterException {
        assertThat(matches(program + "; PUSHLIT|EQ " + expected)).isTrue();
        assertThat(matches(program + "; PUSHLIT|NEQ " + expected)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "EQ, 4, 4, 1",
        "EQ, 4, 5, 0",
        "NEQ, 4, 5, 1",
        "NEQ, 4, 4, 0",
        "LT, 4, 5, 1",
        "LT, 5, 5, 0",
        "LE, 5, 5, 1",
        "LE, 6, 5, 0",
        "GT, 6, 5, 1",
        "GT, 5, 5, 0",
        "GE, 5, 5, 1",
        "GE, 4, 5, 0",
        "LT, 1, 0xffff, 1",
        "AND, 0x0ff0, 0x3c3c, 0x0c30",
        "OR, 0x0ff0, 0x3c3c, 0x3ffc",
        "XOR, 0x0ff0, 0x3c3c, 0x33cc",
        "LSH, 3, 4, 48",
        "RSH, 48, 4, 3",
        "ADD, 40, 2, 42",
        "SUB, 44, 2, 42",
    })
    void operatorsTakeTheTopAsTheirLeftOperand(String operator, String left, String right, String result)
            throws FilterException {
        String program = "PUSHLIT " + left + "; PUSHLIT|" + operator + " " + right;
        assertThat(matches(program + "; PUSHLIT|EQ " + result)).isTrue();
    }

    @Test
    void stackWordsAre32BitsWideAndComparedUnsigned() throws FilterException {
        assertThat(matches("PUSHFFFF; PUSHLIT|ADD 1; PUSHLIT|RSH 16; PUSHONE|EQ"))
                .isTrue();
        // 0 - 1 is the greatest word there is.
        assertThat(matches("PUSHZERO; PUSHONE|SUB; PUSHFFFF|GT")).isTrue();
        // A right shift keeps the sign: -2 >> 1 = -1, and -1 + 1 = 0.
        assertThat(matches("PUSHZERO; PUSHLIT|SUB 2; PUSHONE|RSH; PUSHONE|ADD; PUSHZERO|EQ"))
                .isTrue();
        assertThat(matches("PUSHONE; PUSHLIT|LSH 33; PUSHLIT|EQ 2")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        // operator, verdict when the operands are equal, when they differ; "on" where the program goes on
        "COR, true, on",
        "CAND, on, false",
        "CNOR, false, on",
        "CNAND, on, true",
    })
    void shortCircuitOperatorsEndTheProgram(String operator, String whenEqual, String whenDifferent)
            throws FilterException {
        assertShortCircuit("PUSHLIT 7; PUSHLIT|" + operator + " 7", whenEqual);
        assertShortCircuit("PUSHLIT 7; PUSHLIT|" + operator + " 8", whenDifferent);
    }

    private void assertShortCircuit(String program, String outcome) throws FilterException {
        long before = machine.instructionsExecuted();
        boolean first = matches(program + "; PUSHZERO");
        boolean second = matches(program + "; PUSHONE");
        if (outcome.equals("on")) {
            assertThat(first).isFalse();
            assertThat(second).isTrue();
            assertThat(machine.instructionsExecuted() - before).isEqualTo(6);
        } else {
            assertThat(first).isEqualTo(Boolean.parseBoolean(outcome)).isEqualTo(second);
            assertThat(machine.instructionsExecuted() - before).isEqualTo(4);
        }
    }

    @Test
    void shortCircuitOperatorsThatGoOnLeaveNothingOnTheStack() throws FilterException {
        assertThat(matches("PUSHZERO; PUSHLIT|COR 5")).isTrue();
        assertThat(matches("PUSHZERO; PUSHLIT 5; PUSHLIT|CAND 5")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "PUSHWORD+8",
        "PUSHWORD+943",
        "PUSHFFFF; PUSHIND",
        "PUSHLIT 7; PUSHHDRIND",
        "PUSHZERO; PUSHONE|SUB; PUSHIND"
    })
    void aWordThatTheFrameDoesNotHaveEndsWithoutMatch(String program) throws FilterException {
        assertThat(matches(program + "; PUSHONE")).isFalse();
        assertThat(machine.readsBeyondFrame()).isEqualTo(1);
    }

    @Test
    void headerWordsOfATruncatedHeaderAreNotThere() throws FilterException {
        PacketFilter filter = compile("PUSHHDR+6; PUSHONE");
        assertThat(filter.matches(FRAME, 0, 13, machine)).isFalse();
        assertThat(filter.matches(FRAME, 0, 14, machine)).isTrue();
        assertThat(filter.matches(FRAME, 0, 0, machine)).isFalse();
        assertThat(filter.matches(FRAME, 0, -5, machine)).isFalse();
        assertThat(machine.readsBeyondFrame()).isEqualTo(3);
    }

    @Test
    void theFrameMayBeginAnywhere() throws FilterException {
        PacketFilter filter = compile("PUSHWORD+1; PUSHLIT|EQ 0x0384");
        assertThat(filter.matches(FRAME, 1, 4, machine)).isTrue();
    }

    @Test
    void instructionsAreCountedAndLiteralsAreNot() throws FilterException {
        assertThat(matches("PUSHLIT 5; PUSHLIT|ADD 6; PUSHLIT|EQ 11")).isTrue();
        assertThat(machine.instructionsExecuted()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "EQ ~ filter word 0: stack underflow at EQ",
                "PUSHONE; EQ; EQ ~ filter word 2: stack underflow at EQ",
                "PUSHONE|COR ~ filter word 0: stack underflow at COR",
                "PUSHLIT|CAND 7 ~ filter word 0: stack underflow at CAND",
                "PUSHONE; PUSHLIT 7; PUSHSTK+3 ~ filter word 3: PUSHSTK+3 of a stack of 3",
                ".word 1025 ~ filter word 0: PUSHLIT without its literal",
                "PUSHONE; .word 0x0001 ~ filter word 1: PUSHLIT without its literal",
                ".word 7 ~ filter word 0: no such action: 7",
                ".word 13 ~ filter word 0: no such action: 13",
                ".word 967 ~ filter word 0: no such action: 967",
                ".word 0xfc02 ~ filter word 0: no such operator: 63",
                ".word 0x4802 ~ filter word 0: no such operator: 18",
            })
    void programsThatCouldFailAreRefused(String program, String reason) {
        assertThatThrownBy(() -> compile(program))
                .isInstanceOf(FilterException.class)
                .hasMessage(reason);
    }

    @Test
    void theStackIsBounded() throws FilterException {
        // One word is there from the start.
        assertThat(compile("PUSHONE;".repeat(31)).words()).hasSize(31);
        assertThatThrownBy(() -> compile("PUSHONE;".repeat(32)))
                .isInstanceOf(FilterException.class)
                .hasMessage("filter word 31: stack deeper than 32");
    }

    @Test
    void theProgramIsBounded() throws FilterException {
        assertThat(compile("NOPUSH;".repeat(64)).words()).hasSize(64);
        assertThatThrownBy(() -> compile("NOPUSH;".repeat(65)))
                .isInstanceOf(FilterException.class)
                .hasMessage("filter: 65 words, the longest program has 64");
    }

    @Test
    void wordsAndPrioritiesThatDoNotExistAreRefused() {
        assertThatThrownBy(() -> PacketFilter.compile(new int[] {0x10000}, 1))
                .hasMessage("filter word 0: value 65536 does not fit in 16 bits");
        assertThatThrownBy(() -> PacketFilter.compile(new int[] {2, -1}, 1))
                .hasMessage("filter word 1: value -1 does not fit in 16 bits");
        assertThatThrownBy(() -> PacketFilter.compile(new int[0], 256))
                .hasMessage("filter: priority 256 is not between 0 and 255");
        assertThatThrownBy(() -> PacketFilter.compile(new int[0], -1)).isInstanceOf(FilterException.class);
    }

    @Test
    void aFilterIsNotChangedWithTheArrayItWasMadeFrom() throws FilterException {
        int[] words = {FilterAction.PUSHZERO.code()};
        PacketFilter filter = PacketFilter.compile(words, 1);
        words[0] = FilterAction.PUSHONE.code();
        filter.words()[0] = FilterAction.PUSHONE.code();
        assertThat(filter.matches(FRAME, 0, FRAME_BYTES, machine)).isFalse();
        assertThat(filter).isEqualTo(compile("PUSHZERO")).isNotEqualTo(compile("PUSHONE"));
    }

    private boolean matches(String program) throws FilterException {
        return compile(program).matches(FRAME, 0, FRAME_BYTES, machine);
    }

    private static PacketFilter compile(String program) throws FilterException {
        return PacketFilter.compile(FilterAssembler.assemble(program), 1);
    }
}
