package org.machbed.ipc.process;

/** Answers a command that the launcher wrote to a process's standard input. */
@FunctionalInterface
public interface CommandHandler {
    /**
     * Runs the command on the process's command thread, which is interrupted when the process stops.
     *
     * @param rest what followed the command's name on its line; {@link CommandArguments} reads {@code key=value} words
     * @return the reply, one line
     * @throws Exception answered with {@code FAILED} and its message
     */
    String onCommand(String rest) throws Exception;
}
