package org.machbed.client.primitive;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.machbed.ipc.process.CommandArguments;
import org.machbed.ipc.process.UsageException;
import org.machbed.ipc.trial.Role;

/** The table of primitives, by the names that results call them. */
public final class Primitives {
    private static final Map<String, Primitive> TABLE = new LinkedHashMap<>();

    static {
        for (Primitive primitive : List.of(
                new FutexRoundTrip(),
                new NullTrap(),
                new GrpcRoundTrip(),
                new NullRpc(),
                new KernelRpc(),
                new KernelIndication(),
                new OutOfLineMap(),
                DoorbellCrossing.blocking(),
                DoorbellCrossing.polling(),
                new MemoryPrimitives.Copy(),
                new MemoryPrimitives.InternetChecksum(),
                new StackPrimitives.FilterInstruction(),
                new StackPrimitives.Send(),
                new StackPrimitives.Receive(),
                new HandOff())) {
            TABLE.put(primitive.name(), primitive);
        }
    }

    private Primitives() {}

    /** Opens the side of a primitive that answers. */
    public static Role serve(String name, CommandArguments arguments, Surroundings surroundings) throws IOException {
        return named(name).serve(arguments, surroundings);
    }

    /** Opens the side of a primitive that measures. */
    public static Role connect(String name, CommandArguments arguments, Surroundings surroundings) throws IOException {
        return named(name).connect(arguments, surroundings);
    }

    private static Primitive named(String name) {
        Primitive primitive = TABLE.get(name);
        if (primitive == null) {
            throw new UsageException(
                    "there is no primitive \"" + name + "\"; there are " + String.join(", ", TABLE.keySet()));
        }
        return primitive;
    }
}
