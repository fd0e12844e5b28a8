package org.machbed.client;

import java.nio.file.Path;
import java.util.Optional;
import org.machbed.client.binding.Binding;
import org.machbed.ipc.mach.MachTransport;
import org.machbed.ipc.process.DefaultValue;

/**
 * The command line of an application, one {@code --key=value} a component.
 *
 * @param hostDirectory the host's directory, which exists with mode 0700
 * @param processName names the crossings file
 * @param binding how channels reach their sockets
 * @param ipc what carries messages, where the binding sends any
 * @param serverArguments for {@code call}: keys and values of the server that runs in this process, as {@code key=value;...}
 */
record ClientArguments(
        Path hostDirectory,
        String processName,
        @DefaultValue("none") Binding binding,
        @DefaultValue("grpc") MachTransport ipc,
        Optional<String> serverArguments) {
    ClientArguments {
        if (binding == Binding.CALL && serverArguments.isEmpty()) {
            throw new IllegalArgumentException("--server-arguments is missing: --binding=call needs it");
        }
        if (binding != Binding.CALL && serverArguments.isPresent()) {
            throw new IllegalArgumentException("--server-arguments goes with --binding=call only");
        }
    }
}
