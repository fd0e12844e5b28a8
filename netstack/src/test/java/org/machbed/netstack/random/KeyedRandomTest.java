package org.machbed.netstack.random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class KeyedRandomTest {
    /** The authors' test vector for a key of 00 to 0f and a message of 00 to 07. */
    @Test
    void isSipHashOfOneWord() {
        KeyedRandom random = new KeyedRandom(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        assertThat(random.sipHash(0x0706050403020100L)).isEqualTo(0x93f5f5799a932462L);
    }

    /** The authors' test vector for the same key and a message of 00 to 17. */
    @Test
    void isSipHashOfThreeWordsToo() {
        KeyedRandom random = new KeyedRandom(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        assertThat(random.hash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L, 0x1716151413121110L))
                .isEqualTo(0xb8ad50c6f649af94L);
    }

    @Test
    void isTheSameForTheSameSeedAndAnotherForAnother() {
        KeyedRandom one = new KeyedRandom(1);
        KeyedRandom same = new KeyedRandom(1);
        KeyedRandom other = new KeyedRandom(2);
        int differing = 0;
        for (int i = 0; i < 100; i++) {
            int number = one.nextInt(16_384);
            assertThat(number).isBetween(0, 16_383).isEqualTo(same.nextInt(16_384));
            differing += number != other.nextInt(16_384) ? 1 : 0;
        }
        assertThat(differing).isGreaterThan(90);
        assertThat(one.hash(1, 2)).isEqualTo(same.hash(1, 2)).isNotEqualTo(one.hash(2, 1));
    }
}
