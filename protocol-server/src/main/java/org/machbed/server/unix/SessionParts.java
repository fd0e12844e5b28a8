package org.machbed.server.unix;

import java.security.SecureRandom;
import java.util.function.LongSupplier;
import org.machbed.ipc.process.HostDirectory;
import org.machbed.netstack.NetworkStack;
import org.machbed.netstack.StackConfiguration;
import org.machbed.netstack.ipv4.LocalAddresses;
import org.machbed.netstack.random.KeyedRandom;
import org.machbed.server.driver.SessionSwitch;

/** What a server has whose sessions may leave it. */
record SessionParts(
        DepartedStates departed,
        EarlyInput early,
        SessionDepartures departures,
        SessionReturns returns,
        SessionMemories memories,
        SocketShares shares,
        Neighbours neighbours,
        MigrationCounters counters) {
    /** Puts them together, before the first thread runs. */
    static SessionParts of(
            BsdKernel kernel,
            ProtocolInput input,
            NetworkStack stack,
            StackConfiguration configuration,
            SocketCalls sockets,
            SessionSwitch switcher,
            HostDirectory host,
            LongSupplier clockNs) {
        MigrationCounters counters = new MigrationCounters();
        FileTable files = sockets.files();
        EarlyInput early = new EarlyInput(new KeyedRandom(new SecureRandom().nextLong()), counters);
        input.attach(early);
        SessionMemories memories = new SessionMemories(kernel, files, host, counters);
        DepartedStates departed = new DepartedStates(files, memories::isRecorded, DepartedStates.MAX_BYTES);
        return new SessionParts(
                departed,
                early,
                new SessionDepartures(
                        kernel,
                        input,
                        new LocalAddresses(configuration),
                        sockets,
                        departed,
                        switcher,
                        clockNs,
                        counters),
                new SessionReturns(kernel, input, stack, files, early, memories, switcher, clockNs, counters),
                memories,
                new SocketShares(kernel, files, clockNs, counters),
                new Neighbours(kernel, input, stack, configuration, sockets.waitingCalls(), clockNs, counters),
                counters);
    }
}
