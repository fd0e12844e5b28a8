package org.machbed.client.primitive;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.trial.BatchRole;
import org.machbed.ipc.trial.Role;
import org.machbed.netstack.Checksum;

/**
 * {@code copyPerKilobyte} and {@code checksumPerKilobyte}, in cache, between memory outside the heap. Keys: {@code bytes} handled at a
 * time (1024); the answer is per 1024 bytes whatever that is.
 */
final class MemoryPrimitives {
    private static final int MAX_BYTES = 65_535;
    private static final int LINE_BYTES = 64;

    private MemoryPrimitives() {}

    static final class Copy implements Primitive {
        @Override
        public String name() {
            return "copyPerKilobyte";
        }

        @Override
        public Role connect(CommandArguments arguments, Surroundings surroundings) {
            int bytes = Sizes.bytes(arguments, Sizes.KILOBYTE, MAX_BYTES);
            arguments.requireNoOthers();
            MemorySegment source = Arena.ofAuto().allocate(bytes, LINE_BYTES);
            MemorySegment target = Arena.ofAuto().allocate(bytes, LINE_BYTES);
            return new BatchRole((double) bytes / Sizes.KILOBYTE, times -> {
                long seen = 0;
                for (int i = 0; i < times; i++) {
                    source.set(ValueLayout.JAVA_BYTE, 0, (byte) i);
                    MemorySegment.copy(source, 0, target, 0, bytes);
                    seen += target.get(ValueLayout.JAVA_BYTE, 0);
                }
                return seen;
            });
        }
    }

    static final class InternetChecksum implements Primitive {
        @Override
        public String name() {
            return "checksumPerKilobyte";
        }

        @Override
        public Role connect(CommandArguments arguments, Surroundings surroundings) {
            int bytes = Sizes.bytes(arguments, Sizes.KILOBYTE, MAX_BYTES);
            arguments.requireNoOthers();
            MemorySegment data = Arena.ofAuto().allocate(bytes, LINE_BYTES);
            return new BatchRole((double) bytes / Sizes.KILOBYTE, times -> {
                long seen = 0;
                for (int i = 0; i < times; i++) {
                    data.set(ValueLayout.JAVA_BYTE, 0, (byte) i);
                    seen += Checksum.sum(data, 0, bytes);
                }
                return seen;
            });
        }
    }
}
