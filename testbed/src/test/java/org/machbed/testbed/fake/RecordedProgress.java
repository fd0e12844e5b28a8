package org.machbed.testbed.fake;

import java.util.ArrayList;
import java.util.List;
import org.machbed.testbed.measure.ProgressListener;

/** Keeps what a user would have been told. */
public final class RecordedProgress implements ProgressListener {
    private final List<String> stages = new ArrayList<>(); // guarded by this
    private final List<String> notes = new ArrayList<>(); // guarded by this

    @Override
    public synchronized void stage(String name) {
        stages.add(name);
    }

    @Override
    public void step(int done, int of, String what) {}

    @Override
    public synchronized void note(String text) {
        notes.add(text);
    }

    public synchronized List<String> stages() {
        return List.copyOf(stages);
    }

    public synchronized List<String> notes() {
        return List.copyOf(notes);
    }
}
