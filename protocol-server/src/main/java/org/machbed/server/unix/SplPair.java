package org.machbed.server.unix;

import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trial.BatchRole;
import org.machbed.ipc.trial.Role;

/**
 * {@code splPair}: one raise to splnet and the splx back that nobody else contends for and no software interrupt waits for, which
 * is the primitive lock twice (maeda92 section 2.3). On levels of its own, so that a server that serves beside it changes nothing.
 */
public final class SplPair {
    public static final String NAME = "splPair";

    private SplPair() {}

    /** Opens the side that measures; there is no other. */
    public static Role role(Crossings crossings) {
        Spl spl = new Spl(crossings);
        // Lowering looks for interrupts that are due, so there must be the one that the server has.
        spl.softInterrupt(Spl.NET, () -> {
            throw new IllegalStateException("a software interrupt that nobody posted");
        });
        return new BatchRole(1, times -> {
            long levels = 0;
            for (int i = 0; i < times; i++) {
                int s = spl.splnet();
                spl.splx(s);
                levels += s;
            }
            return levels;
        });
    }
}
