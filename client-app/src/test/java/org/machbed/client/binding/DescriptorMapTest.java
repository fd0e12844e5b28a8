package org.machbed.client.binding;

import org.junit.jupiter.api.Test;
import org.machbed.netstack.socket.Errno;
import org.machbed.netstack.socket.SocketLayerException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DescriptorMapTest {
    private final DescriptorMap descriptors = new DescriptorMap();

    @Test
    void openDescriptorsTranslate() throws SocketLayerException {
        int first = descriptors.open(1000);
        int second = descriptors.open(2000);
        assertThat(descriptors.translate(first)).isEqualTo(1000);
        assertThat(descriptors.translate(second)).isEqualTo(2000);
        assertThat(descriptors.close(first)).isEqualTo(1000);
        assertThat(descriptors.translate(second)).isEqualTo(2000);
    }

    @Test
    void closedDescriptorIsNotTheNextOne() throws SocketLayerException {
        int closed = descriptors.open(1000);
        descriptors.close(closed);
        int next = descriptors.open(2000);
        assertThat(next % DescriptorMap.CAPACITY).isEqualTo(closed % DescriptorMap.CAPACITY);
        assertThat(next).isNotEqualTo(closed);
        assertErrno(Errno.EBADF, closed);
    }

    @Test
    void anyOtherNumberIsBad() {
        for (int number : new int[] {0, 1, -1, 255, 256, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertErrno(Errno.EBADF, number);
        }
    }

    @Test
    void tableIsBounded() throws SocketLayerException {
        for (int i = 0; i < DescriptorMap.CAPACITY; i++) {
            assertThat(descriptors.open(i)).isNotNegative();
        }
        assertThatThrownBy(() -> descriptors.open(0))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMFILE));
    }

    private void assertErrno(Errno errno, int descriptor) {
        assertThatThrownBy(() -> descriptors.translate(descriptor))
                .isInstanceOfSatisfying(
                        SocketLayerException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
