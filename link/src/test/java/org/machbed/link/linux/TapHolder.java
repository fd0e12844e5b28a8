package org.machbed.link.linux;

import java.io.IOException;
import java.nio.file.Path;
import org.machbed.link.Frames;

/** A process that makes a TAP device and waits. */
final class TapHolder {
    private TapHolder() {}

    static String[] command(String device) {
        return new String[] {
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-Xmx64m",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            TapHolder.class.getName(),
            device
        };
    }

    /** Argument: the device. */
    public static void main(String[] arguments) throws IOException {
        try (InterfaceLink link = InterfaceLink.openTap(new InterfaceName(arguments[0]), Frames.A, 1500)) {
            System.out.println("READY");
            int end = System.in.read();
            System.out.println("ENDED " + end + " " + link.address());
        }
    }
}
