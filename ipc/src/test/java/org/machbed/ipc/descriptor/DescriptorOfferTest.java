package org.machbed.ipc.descriptor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.machbed.ipc.ChildJvm;
import org.machbed.ipc.memory.Native;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class DescriptorOfferTest {
    private static final MethodHandle OPEN = Native.function(
            "open", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));

    private static final int O_RDWR_CLOEXEC = 0x80002;

    @TempDir
    Path directory;

    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch taken = new CountDownLatch(1);
    private Path socket;
    private Path file;
    private int descriptor;

    @BeforeEach
    void openFile() throws Throwable {
        socket = directory.resolve("offer.sock");
        file = Files.createFile(directory.resolve("device"));
        try (Arena arena = Arena.ofConfined()) {
            descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), O_RDWR_CLOEXEC);
        }
        assertThat(descriptor).isPositive();
    }

    @AfterEach
    void closeFile() {
        UnixSocket.closeNumber(descriptor);
    }

    private DescriptorOffer offer(DescriptorOffer.Claim claim) throws IOException {
        return DescriptorOffer.open(socket, descriptor, "a device", claim, taken::countDown);
    }

    private DescriptorOffer offerToAll() throws IOException {
        return offer(user -> asked.incrementAndGet());
    }

    private static String outcomeOf(Path socket) throws Exception {
        try (ChildJvm child = ChildJvm.start(DescriptorTaker.class, socket)) {
            String line = child.line().orElseThrow(() -> new AssertionError(child.errors()));
            assertThat(child.exitCode()).as(child::errors).isZero();
            return line;
        }
    }

    @Test
    void anotherProcessGetsTheOpenFileOnce() throws Exception {
        try (DescriptorOffer offer = offerToAll()) {
            assertThat(outcomeOf(socket)).isEqualTo("TAKEN a device " + file.toRealPath());
            assertThat(taken.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(file).hasContent("written by the taker");
            assertThat(outcomeOf(socket))
                    .isEqualTo("FAILED nothing is handed over at " + socket
                            + ": it was taken before, or its owner has gone");
            assertThat(asked).hasValue(1);
            assertThat(offer).isNotNull();
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void whoMayNotHaveItHearsWhyAndTheOfferStands() throws Exception {
        int user = (int) Files.getAttribute(file, "unix:uid");
        DescriptorOffer.Claim second = asking -> {
            assertThat(asking).isEqualTo(user);
            if (asked.incrementAndGet() == 1) {
                throw new IOException("it is for somebody else");
            }
        };
        try (DescriptorOffer offer = offer(second)) {
            assertThatThrownBy(() -> DescriptorOffer.take(socket))
                    .isInstanceOf(IOException.class)
                    .hasMessage("it is for somebody else");
            DescriptorOffer.Taken got = DescriptorOffer.take(socket);
            assertThat(got.text()).isEqualTo("a device");
            assertThat(got.descriptor()).isNotEqualTo(descriptor);
            UnixSocket.closeNumber(got.descriptor());
            assertThat(offer).isNotNull();
        }
    }

    @Test
    void whatNobodyTookIsTakenBack() throws Exception {
        offerToAll().close();
        assertThat(socket).doesNotExist();
        assertThat(taken.getCount()).isEqualTo(1);
        assertThatThrownBy(() -> DescriptorOffer.take(socket))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("nothing is handed over at " + socket);
    }

    @Test
    void theSocketIsForThoseWhoShareItsDirectory() throws Exception {
        Files.setAttribute(directory, "unix:mode", 02770);
        try (DescriptorOffer offer = offerToAll()) {
            assertThat((int) Files.getAttribute(socket, "unix:mode") & 07777).isEqualTo(0660);
            assertThat(offer).isNotNull();
        }
    }

    @Test
    void aNameInUseOrTooLongIsNamed() throws Exception {
        Files.createFile(socket);
        assertThatThrownBy(this::offerToAll)
                .isInstanceOf(IOException.class)
                .hasMessage("cannot bind a socket at " + socket + ": error 98");
        Path longName = directory.resolve("x".repeat(120));
        assertThatThrownBy(() -> DescriptorOffer.take(longName))
                .isInstanceOf(IOException.class)
                .hasMessage(longName + " is too long a name for a socket");
    }
}
