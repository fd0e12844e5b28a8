package org.machbed.kernel;

import org.junit.jupiter.api.Test;
import org.machbed.ipc.doorbell.Doorbell;
import org.machbed.link.LinkDecorator;
import org.machbed.link.LinkEnd;

import static org.assertj.core.api.Assertions.assertThat;

/** The same where a wire cannot be awaited together with the call gate: an interrupt thread and a trap thread. */
class TwoThreadKernelUdpTest extends InKernelUdpTest {
    @Override
    TwoHosts hosts() throws Exception {
        return new TwoHosts("", WireOfItsOwn::new);
    }

    @Test
    void eachHasAThread() throws Exception {
        try (TwoHosts hosts = hosts()) {
            assertThat(hosts.a.kernel.threads())
                    .extracting(Thread::getName)
                    .containsExactlyInAnyOrder("interrupt", "trap");
        }
    }

    private static final class WireOfItsOwn extends LinkDecorator {
        WireOfItsOwn(LinkEnd link) {
            super(link);
        }

        @Override
        public boolean awaitAlso(Doorbell doorbell) {
            return false;
        }
    }
}
