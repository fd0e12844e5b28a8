package org.machbed.testbed.predict;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalDouble;

/** The primitives of this machine as calibrated, in nanoseconds. One that was not measured is absent. */
public record PrimitiveCosts(Map<Primitive, Double> nanos) {
    public PrimitiveCosts {
        Map<Primitive, Double> copy = new EnumMap<>(Primitive.class);
        copy.putAll(nanos);
        nanos = Collections.unmodifiableMap(copy);
    }

    public OptionalDouble of(Primitive primitive) {
        Double value = nanos.get(primitive);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** The cost of one message between tasks: half a null RPC. */
    public OptionalDouble message(String ipc) {
        return half(ipc.equals("chronicle") ? Primitive.NULL_RPC_CHRONICLE : Primitive.NULL_RPC);
    }

    private OptionalDouble half(Primitive primitive) {
        OptionalDouble whole = of(primitive);
        return whole.isPresent() ? OptionalDouble.of(whole.getAsDouble() / 2) : whole;
    }
}
