package org.machbed.netstack.ipv4;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** RFC 1191. */
class PathMtuTest {
    private final PathMtu path = new PathMtu(1500);

    @Test
    void isTheLinksUntilARouterSaysOtherwise() {
        assertThat(path.mtuTo(1, 0)).isEqualTo(1500);
        assertThat(path.note(1, 1400, 1500, 0)).isTrue();
        assertThat(path.mtuTo(1, 0)).isEqualTo(1400);
        assertThat(path.mtuTo(2, 0)).isEqualTo(1500);
    }

    @Test
    void neverGrowsByAnError() {
        path.note(1, 1400, 1500, 0);
        assertThat(path.note(1, 1450, 1500, 0)).isFalse();
        assertThat(path.note(2, 9000, 1500, 0)).isFalse();
        assertThat(path.mtuTo(1, 0)).isEqualTo(1400);
    }

    /** Section 6.3. */
    @Test
    void isForgottenAfterTenMinutes() {
        path.note(1, 1400, 1500, 0);
        path.note(2, 1300, 1500, 1);
        assertThat(path.mtuTo(1, PathMtu.AGEING_NS - 1)).isEqualTo(1400);
        assertThat(path.mtuTo(1, PathMtu.AGEING_NS)).isEqualTo(1500);
        assertThat(path.mtuTo(2, PathMtu.AGEING_NS)).isEqualTo(1300);
    }

    /** Section 7.1: a router that does not say its MTU has the next smaller common one. */
    @Test
    void fallsToThePlateauBelow() {
        path.note(1, 0, 1500, 0);
        assertThat(path.mtuTo(1, 0)).isEqualTo(1492);
        path.note(1, 0, 1492, 0);
        assertThat(path.mtuTo(1, 0)).isEqualTo(1006);
    }

    @Test
    void doesNotBelieveCrumbsButLetsRoutersFragmentThen() {
        assertThat(path.mayFragment(1)).isFalse();
        path.note(1, 68, 1500, 0);
        assertThat(path.mtuTo(1, 0)).isEqualTo(PathMtu.FLOOR_BYTES);
        assertThat(path.mayFragment(1)).isTrue();
    }

    @Test
    void isBoundedAndForgetsTheOldest() {
        for (int i = 0; i < 100; i++) {
            path.note(i, 1400, 1500, i);
        }
        assertThat(path.mtuTo(0, 100)).isEqualTo(1500);
        assertThat(path.mtuTo(99, 100)).isEqualTo(1400);
    }
}
