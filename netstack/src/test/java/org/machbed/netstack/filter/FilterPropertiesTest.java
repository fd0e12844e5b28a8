package org.machbed.netstack.filter;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import static org.assertj.core.api.Assertions.assertThat;

class FilterPropertiesTest {
    @Property
    void whatIsDisassembledAssemblesToTheSameWords(
            @ForAll @Size(max = 80) List<@IntRange(max = 0xffff) Integer> numbers) throws FilterException {
        int[] words = words(numbers);
        assertThat(FilterAssembler.assemble(FilterDisassembler.disassemble(words)))
                .containsExactly(words);
    }

    @Property
    void programsAssembleToTheSameWordsToo(@ForAll long seed) throws FilterException {
        int[] words = RandomPrograms.program(new SplittableRandom(seed));
        assertThat(FilterAssembler.assemble(FilterDisassembler.disassemble(words)))
                .containsExactly(words);
    }

    @Property
    void theMachineDoesAsTheDescriptionSays(@ForAll long seed, @ForAll @Size(max = 80) byte[] frame)
            throws FilterException {
        int[] words = RandomPrograms.program(new SplittableRandom(seed));
        PacketFilter filter = PacketFilter.compile(words, 1);
        FilterMachine machine = new FilterMachine();
        boolean matched = filter.matches(MemorySegment.ofArray(frame), 0, frame.length, machine);
        assertThat(matched)
                .as(() -> filter + " on " + Arrays.toString(frame))
                .isEqualTo(ReferenceMachine.matches(words, frame));
        assertThat(machine.instructionsExecuted()).isLessThanOrEqualTo(words.length);
    }

    @Property
    void anyWordsAreRefusedOrRunWithoutFailing(
            @ForAll @Size(max = 20) List<@IntRange(max = 0x4bff) Integer> numbers,
            @ForAll @Size(max = 80) byte[] frame) {
        int[] words = words(numbers);
        try {
            PacketFilter filter = PacketFilter.compile(words, 1);
            filter.matches(MemorySegment.ofArray(frame), 0, frame.length, new FilterMachine());
        } catch (FilterException e) {
            assertThat(e.index()).isBetween(0, words.length - 1);
        }
    }

    private static int[] words(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
