package org.machbed.netstack.tcp;

import java.util.ArrayDeque;
import org.machbed.netstack.memory.MemoryBudget;

/**
 * Connections whose users were refused memory for what they send, in the order in which they were. Memory that is given back goes to
 * them as far as it reaches, to each the least that is of use, before any user is told: so nobody is told in vain, and nobody who came
 * later gets it. Who needs more than there is keeps its place and does not hold up those behind it; it has a ring already, which its
 * peer empties.
 */
final class MemoryQueue {
    private final MemoryBudget memory;
    private final ArrayDeque<Submission> waiting = new ArrayDeque<>();

    /** {@link MemoryBudget#returns} when they were last looked after. */
    private long returnsSeen;

    MemoryQueue(MemoryBudget memory) {
        this.memory = memory;
    }

    void add(Submission submission) {
        if (waiting.isEmpty()) {
            returnsSeen = memory.returns();
        }
        waiting.add(submission);
    }

    void remove(Submission submission) {
        waiting.remove(submission);
    }

    int size() {
        return waiting.size();
    }

    /** Hands out what was given back; a ring that grows gives its old memory back, which may serve another one. */
    void serve(long nowNs) {
        while (!waiting.isEmpty() && memory.returns() != returnsSeen) {
            returnsSeen = memory.returns();
            for (int i = waiting.size(); i > 0; i--) {
                Submission submission = waiting.remove();
                if (!submission.takeMemory(nowNs)) {
                    waiting.add(submission);
                }
            }
        }
    }
}
