package org.machbed.link;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.machbed.link.capture.CapturingLink;
import org.machbed.link.capture.PcapngWriter;
import org.machbed.link.impairment.ImpairedLink;
import org.machbed.link.impairment.Impairments;
import org.machbed.link.segment.SegmentLink;
import org.machbed.link.segment.SegmentOptions;
import org.machbed.netstack.MacAddress;

/**
 * A link in one argument: the kind, the directory of a segment, and options behind commas, as
 * {@code segment:/dev/shm/run/wire,rateBitsPerSecond=10000000,loss=0.01,seed=7}. The options are those of {@link SegmentOptions} and
 * {@link Impairments}, by their names.
 */
public record LinkSpecification(Path directory, SegmentOptions options, Impairments impairments) {
    private static final String SEGMENT = "segment:";

    /**
     * Reads a specification.
     *
     * @throws IllegalArgumentException naming what is unknown, missing or malformed
     */
    public static LinkSpecification parse(String text) {
        if (!text.startsWith(SEGMENT)) {
            throw new IllegalArgumentException(
                    "wire \"" + text + "\" is none that is known: segment:DIRECTORY[,key=value...]");
        }
        String[] parts = text.substring(SEGMENT.length()).split(",", -1);
        if (parts[0].isEmpty()) {
            throw new IllegalArgumentException("wire \"" + text + "\" names no directory");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 1; i < parts.length; i++) {
            int equals = parts[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("wire option \"" + parts[i] + "\" is not key=value");
            }
            String key = parts[i].substring(0, equals);
            if (values.put(key, parts[i].substring(equals + 1)) != null) {
                throw new IllegalArgumentException("wire option " + key + " stands twice");
            }
        }
        SegmentOptions options = new SegmentOptions(
                Math.toIntExact(whole(values, "ringBytes", SegmentOptions.DEFAULT_RING_BYTES, Integer.MAX_VALUE)),
                whole(values, "rateBitsPerSecond", 0, Long.MAX_VALUE),
                whole(values, "delayNs", 0, Long.MAX_VALUE));
        Impairments impairments = new Impairments(
                fraction(values, "loss"),
                fraction(values, "duplication"),
                fraction(values, "reordering"),
                fraction(values, "corruption"),
                whole(values, "seed", 0, Long.MAX_VALUE));
        if (!values.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown wire option "
                            + values.keySet().iterator().next()
                            + " (known: ringBytes, rateBitsPerSecond, delayNs, loss, duplication, reordering, corruption, seed)");
        }
        return new LinkSpecification(Path.of(parts[0]), options, impairments);
    }

    private static long whole(Map<String, String> values, String key, long otherwise, long most) {
        String text = values.remove(key);
        if (text == null) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= 0 && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wire option " + key + "=" + text + " is no whole number", e);
        }
        throw new IllegalArgumentException("wire option " + key + "=" + text + " is not between 0 and " + most);
    }

    private static double fraction(Map<String, String> values, String key) {
        String text = values.remove(key);
        if (text == null) {
            return 0;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wire option " + key + "=" + text + " is no number", e);
        }
    }

    /**
     * Joins the link. What arrives is impaired first and captured then, so a capture shows what the driver sees.
     *
     * @param capture where to record frames, or {@code null}
     * @throws IOException when the link cannot be joined or the capture not be written
     */
    public LinkEnd open(MacAddress address, int mtuBytes, @Nullable Path capture) throws IOException {
        LinkEnd link = SegmentLink.join(directory, address, mtuBytes, options);
        if (!impairments.harmless()) {
            link = new ImpairedLink(link, impairments);
        }
        if (capture == null) {
            return link;
        }
        try {
            return new CapturingLink(link, PcapngWriter.create(capture, directory.toString(), address));
        } catch (IOException | RuntimeException e) {
            link.close();
            throw e;
        }
    }
}
