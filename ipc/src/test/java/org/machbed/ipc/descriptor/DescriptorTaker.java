package org.machbed.ipc.descriptor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Takes what is offered at a socket, and says what it got. */
final class DescriptorTaker {
    private DescriptorTaker() {}

    public static void main(String[] arguments) throws IOException {
        try {
            DescriptorOffer.Taken taken = DescriptorOffer.take(Path.of(arguments[0]));
            Path open = Path.of("/proc/self/fd/" + taken.descriptor());
            System.out.println("TAKEN " + taken.text() + " " + Files.readSymbolicLink(open));
            // As a server writes to its device: by the descriptor, since it may not open the file by its name.
            Files.writeString(open, "written by the taker");
        } catch (IOException e) {
            System.out.println("FAILED " + e.getMessage());
        }
    }
}
