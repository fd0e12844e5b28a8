package org.machbed.client.workload;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PayloadTest {
    private static ByteBuffer received(Payload payload, Payload sender, long number) {
        return payload.newTarget().put(sender.numbered(number));
    }

    @Test
    void oneByteRolls() {
        Payload payload = new Payload(1, Payload.MOST_BYTES_OF_DATAGRAM);
        assertThat(payload.numbered(0).get(0)).isEqualTo((byte) 0);
        assertThat(payload.numbered(255).get(0)).isEqualTo((byte) 255);
        assertThat(payload.numbered(256).get(0)).isEqualTo((byte) 0);
    }

    @Test
    void numberIsBigEndianAndAtMost8Bytes() {
        ByteBuffer two = new Payload(2, Payload.MOST_BYTES_OF_DATAGRAM).numbered(0x010203);
        assertThat(two.getShort(0)).isEqualTo((short) 0x0203);
        ByteBuffer many = new Payload(100, Payload.MOST_BYTES_OF_DATAGRAM).numbered(0x0102030405060708L);
        assertThat(many.getLong(0)).isEqualTo(0x0102030405060708L);
    }

    /** Pieces end where a ring does, amid the number too. */
    @Test
    void piecesAreCheckedWhereverAMessageIsCut() throws IOException {
        int bytes = 20;
        Payload payload = new Payload(bytes, Payload.MOST_BYTES_OF_DATAGRAM);
        Payload sender = new Payload(bytes, Payload.MOST_BYTES_OF_DATAGRAM);
        for (boolean wholly : new boolean[] {false, true}) {
            for (int cut = 1; cut < bytes; cut++) {
                long number = 0x0102030405060708L + cut;
                ByteBuffer message = sender.numbered(number);
                ByteBuffer first = message.slice(0, cut);
                ByteBuffer second = message.slice(cut, bytes - cut);
                payload.checkPart(first, 0, number, wholly);
                payload.checkPart(second, cut, number, wholly);
                // The least octet of the number is that of another message.
                ByteBuffer wrong = cut < Long.BYTES ? second : first;
                int from = cut < Long.BYTES ? cut : 0;
                assertThatThrownBy(() -> payload.checkPart(wrong, from, number + 1, wholly))
                        .as("cut behind %d", cut)
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void itsOwnDatagramIsAccepted() {
        for (int bytes : new int[] {1, 2, 7, 8, 9, 1472, 65_507}) {
            Payload payload = new Payload(bytes, Payload.MOST_BYTES_OF_DATAGRAM);
            ByteBuffer received = received(payload, new Payload(bytes, Payload.MOST_BYTES_OF_DATAGRAM), 300);
            assertThatCode(() -> payload.check(received, 300)).doesNotThrowAnyException();
            assertThat(received.remaining()).isEqualTo(bytes);
        }
    }

    @Test
    void anotherNumberIsRefused() {
        Payload payload = new Payload(1, Payload.MOST_BYTES_OF_DATAGRAM);
        assertThatThrownBy(() -> payload.check(received(payload, payload, 6), 7))
                .isInstanceOf(IOException.class)
                .hasMessage("message 6 came where 7 was due: one was lost, repeated or overtaken");
    }

    @Test
    void anotherLengthIsRefused() {
        Payload payload = new Payload(3, Payload.MOST_BYTES_OF_DATAGRAM);
        assertThatThrownBy(() -> payload.check(received(payload, new Payload(2, Payload.MOST_BYTES_OF_DATAGRAM), 6), 6))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("a message of 2 bytes or more came where one of 3");
        assertThatThrownBy(() -> payload.check(received(payload, new Payload(4, Payload.MOST_BYTES_OF_DATAGRAM), 6), 6))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("a message of 4 bytes or more");
    }

    @Test
    void damageBehindTheNumberIsRefused() {
        Payload payload = new Payload(20, Payload.MOST_BYTES_OF_DATAGRAM);
        ByteBuffer received = received(payload, payload, 6);
        received.put(19, (byte) (received.get(19) + 1));
        assertThatThrownBy(() -> payload.check(received, 6))
                .isInstanceOf(IOException.class)
                .hasMessage("message 6 was damaged");
    }

    @Test
    void sizesThatNoDatagramHasAreRefused() {
        assertThatThrownBy(() -> new Payload(0, Payload.MOST_BYTES_OF_DATAGRAM))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Payload(65_508, Payload.MOST_BYTES_OF_DATAGRAM))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
