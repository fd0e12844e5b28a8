package org.machbed.testbed.claim;

/** The rows that claims ask for, with one carrier of messages. */
record Witnesses(Evidence evidence, String ipc) {
    /**
     * The row of a topology, whatever befell it.
     *
     * @throws Obstacle when there is none
     */
    JudgedRow measured(String topology, ScenarioPattern in) throws Obstacle {
        return evidence.find(in)
                .flatMap(comparison -> comparison.find(topology, ipc))
                .orElseThrow(() -> new Obstacle(topology + " was not measured" + in.inWords()));
    }

    /**
     * The row of a topology whose times can be trusted.
     *
     * @throws Obstacle when there is none
     */
    JudgedRow valid(String topology, ScenarioPattern in) throws Obstacle {
        JudgedRow row = measured(topology, in);
        if (row.invalid().isPresent()) {
            throw new Obstacle(row.title() + " is invalid: " + row.invalid().get());
        }
        return row;
    }
}
