package org.machbed.server.unix;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.server.driver.FrameOwner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Mbufs and clusters: where data lies, bounds, and one splimp for each operation. */
class MbufPoolTest {
    private final Crossings crossings = Crossings.unshared();
    private final MbufPool pool = new MbufPool(new Spl(crossings), 4, 2);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, Mbuf.MLEN, Mbuf.MLEN + 1, Mbuf.MCLBYTES, Mbuf.MCLBYTES + 1, 65_507})
    void aCopyHoldsTheDataWhateverItsLength(int lengthBytes) {
        MemorySegment source = MemorySegment.ofArray(new byte[lengthBytes + 3]);
        for (int i = 0; i < lengthBytes; i++) {
            source.set(ValueLayout.JAVA_BYTE, 3L + i, (byte) (i * 7));
        }
        Mbuf mbuf = some(pool.getCopy(source, 3, lengthBytes));
        assertThat(mbuf.lengthBytes).isEqualTo(lengthBytes);
        assertThat(mbuf.memory.asSlice(mbuf.offset, lengthBytes).mismatch(source.asSlice(3)))
                .isEqualTo(-1);
        assertThat(mbuf.owner == null).isEqualTo(lengthBytes <= Mbuf.MLEN);
        pool.free(mbuf);
        assertThat(pool.inUse()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Mbuf.MLEN, Mbuf.MCLBYTES, 65_536})
    void roomIsForWhoeverFillsIt(int lengthBytes) {
        Mbuf mbuf = some(pool.getRoom(lengthBytes));
        assertThat(mbuf.lengthBytes).isEqualTo(lengthBytes);
        mbuf.memory.asSlice(mbuf.offset, lengthBytes).fill((byte) 1);
        pool.free(mbuf);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void whatIsExhaustedIsRefusedAndComesBackWhenFreed() {
        Mbuf packet = some(pool.get());
        packet.next = some(pool.get());
        some(pool.get());
        some(pool.get());
        assertThat(pool.get()).isNull();
        pool.freePacket(packet);
        assertThat(pool.inUse()).isEqualTo(2);
        assertThat(pool.get()).isNotNull();
        assertThat(pool.denied()).isEqualTo(1);
    }

    @Test
    void exhaustedClustersRefuseACopyAndKeepNoMbuf() {
        MemorySegment source = MemorySegment.ofArray(new byte[500]);
        Mbuf first = some(pool.getCopy(source, 0, 500));
        some(pool.getCopy(source, 0, 500));
        assertThat(pool.getCopy(source, 0, 500)).isNull();
        assertThat(pool.inUse()).isEqualTo(2);
        pool.free(first);
        assertThat(pool.getCopy(source, 0, 500)).isNotNull();
    }

    @Test
    void somebodyElsesMemoryGoesBackToItsOwnerOnce() {
        List<Long> freed = new ArrayList<>();
        FrameOwner owner = new FrameOwner() {
            @Override
            public boolean isLent() {
                return true;
            }

            @Override
            public int keptBytes(int lengthBytes) {
                return lengthBytes;
            }

            @Override
            public void free(long cookie) {
                freed.add(cookie);
            }
        };
        Mbuf mbuf = some(pool.getExternal(MemorySegment.ofArray(new byte[60]), 0, 60, owner, 17));
        mbuf.trim(42, 1);
        assertThat(mbuf.offset).isEqualTo(42);
        assertThat(mbuf.lengthBytes).isEqualTo(1);
        pool.free(mbuf);
        assertThat(freed).containsExactly(17L);
        assertThatThrownBy(() -> pool.free(mbuf)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everyOperationRaisesTheLevelOnce() {
        Mbuf mbuf = some(pool.get());
        pool.free(mbuf);
        assertThat(crossings.value(Crossing.SPLS)).isEqualTo(2);
    }

    @Test
    void trimmingMoreThanThereIsIsRefused() {
        Mbuf mbuf = some(pool.getCopy(MemorySegment.ofArray(new byte[10]), 0, 10));
        assertThatThrownBy(() -> mbuf.trim(8, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> mbuf.trim(-1, 3)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Mbuf some(@Nullable Mbuf mbuf) {
        return Objects.requireNonNull(mbuf);
    }
}
