package org.machbed.client.primitive;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.machbed.ipc.mach.MachException;
import org.machbed.ipc.mach.MachMessage;
import org.machbed.ipc.mach.MachTask;
import org.machbed.ipc.mach.PortName;
import org.machbed.ipc.mach.ReceivedMessage;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.Crossing;
import org.machbed.ipc.process.Crossings;
import org.machbed.ipc.trial.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code nullRpc}: a request without data from task to task through the kernel-node, and its reply the same way back. */
final class NullRpc implements Primitive {
    private static final Logger LOG = LoggerFactory.getLogger(NullRpc.class);

    static final String SERVICE_KEY = "service";

    private static final String DEFAULT_SERVICE = "null-rpc";
    private static final Duration LOOK_UP_TIMEOUT = Duration.ofSeconds(10);
    private static final int QUEUE_LIMIT = 16;
    private static final int REQUEST = 100;
    private static final int REPLY = 200;
    private static final int DAMAGED = 201;

    @Override
    public String name() {
        return "nullRpc";
    }

    @Override
    public Role serve(CommandArguments arguments, Surroundings surroundings) throws IOException {
        String service = arguments.optional(SERVICE_KEY).orElse(DEFAULT_SERVICE);
        arguments.requireNoOthers();
        return serve(name(), service, 1, surroundings);
    }

    @Override
    public Role connect(CommandArguments arguments, Surroundings surroundings) throws IOException {
        String service = arguments.optional(SERVICE_KEY).orElse(DEFAULT_SERVICE);
        arguments.requireNoOthers();
        MachTask task = connect(surroundings);
        try {
            PortName server = task.lookUp(service, LOOK_UP_TIMEOUT);
            return new TimedRole(name(), 1, () -> call(task, request(server)), task::close);
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    static MachTask connect(Surroundings surroundings) throws MachException {
        return MachTask.connect(surroundings.host(), surroundings.ipc(), "primitive");
    }

    static PortName lookUp(MachTask task, CommandArguments arguments, String byDefault) throws MachException {
        return task.lookUp(arguments.optional(SERVICE_KEY).orElse(byDefault), LOOK_UP_TIMEOUT);
    }

    static MachMessage request(PortName server) {
        return MachMessage.of(server, REQUEST, ByteString.EMPTY);
    }

    /** One RPC, whose reply must be one of {@link #serve}. */
    static void call(MachTask task, MachMessage request) throws IOException {
        try (ReceivedMessage reply = task.rpc(request, null)) {
            if (reply.id() != REPLY) {
                throw new IOException("the request was answered by " + reply);
            }
        }
    }

    /** Answers requests on the transport's own thread, and maps and unmaps the memory that comes with one. */
    static Role serve(String name, String service, int requestsPerOperation, Surroundings surroundings)
            throws IOException {
        MachTask task = connect(surroundings);
        ServedCounter served = new ServedCounter();
        try {
            PortName port = task.allocatePort(QUEUE_LIMIT);
            task.serve(port, message -> answer(task, message, served, surroundings.crossings()));
            task.register(service, port);
            return new ServedRole(name, SERVICE_KEY, service, requestsPerOperation, served, task::close);
        } catch (MachException e) {
            task.close();
            throw e;
        }
    }

    private static void answer(MachTask task, ReceivedMessage message, ServedCounter served, Crossings crossings) {
        try (message) {
            task.reply(message, MachMessage.reply(isIntact(message, crossings) ? REPLY : DAMAGED, ByteString.EMPTY));
        } catch (MachException e) {
            // The caller waits in vain and says so; its watchdog ends the trial.
            LOG.error("a request could not be answered", e);
        }
        served.one();
    }

    /** Maps and reads the memory that came with a message, if any did; who closes the message unmaps it. */
    private static boolean isIntact(ReceivedMessage message, Crossings crossings) throws MachException {
        if (message.regions().isEmpty()) {
            return true;
        }
        MemorySegment region = message.regions().getFirst().map();
        crossings.count(Crossing.OUT_OF_LINE_MAPS);
        return region.get(ValueLayout.JAVA_BYTE, 0) == OutOfLineMap.FIRST_BYTE;
    }
}
