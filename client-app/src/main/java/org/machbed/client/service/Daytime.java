package org.machbed.client.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * RFC 867: tells date and time as a line of text, whatever it receives. There is no syntax for it; this is the first one that the
 * RFC proposes, {@code Weekday, Month Day, Year Time-Zone}, in UTC.
 */
final class Daytime implements SmallService {
    private static final DateTimeFormatter LINE = DateTimeFormatter.ofPattern(
                    "EEEE, MMMM d, uuuu HH:mm:ss-'UTC\r\n'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;

    Daytime(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "daytime";
    }

    @Override
    public int port() {
        return 13;
    }

    @Override
    public boolean answer(ByteBuffer datagram) {
        datagram.clear().put(line()).flip();
        return true;
    }

    @Override
    public void serve(ServedConnection connection) throws IOException {
        // What is received is thrown away; left unread, it would make of the close a reset (RFC 2525 section 2.17).
        connection.shutdownInput();
        connection.write(ByteBuffer.wrap(line()));
    }

    private byte[] line() {
        return LINE.format(clock.instant()).getBytes(US_ASCII);
    }
}
