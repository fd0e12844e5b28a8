package org.machbed.testbed.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where and how a run was made.
 *
 * @param facts by key, in the order in which they are shown
 * @param notes sentences for the reader: what was missing, what did not settle
 */
public record Environment(Map<String, String> facts, List<String> notes) {
    public Environment {
        facts = new LinkedHashMap<>(facts);
        notes = new ArrayList<>(notes);
    }

    void writeTo(ObjectNode node) {
        facts.forEach(node::put);
        var array = node.putArray("notes");
        notes.forEach(array::add);
    }
}
