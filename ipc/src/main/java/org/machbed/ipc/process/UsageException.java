package org.machbed.ipc.process;

/** A process was started wrongly; the message is one sentence for whoever started it. Exit code 2. */
public final class UsageException extends RuntimeException {
    public UsageException(String message) {
        super(message);
    }
}
