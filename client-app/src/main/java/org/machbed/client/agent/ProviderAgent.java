package org.machbed.client.agent;

/** Makes a Java agent of the jar that it is in, which is how a jar comes on the class path of any {@code java} command. */
public final class ProviderAgent {
    private ProviderAgent() {}

    /** Called by the virtual machine before the program's main method. */
    public static void premain(String arguments) {}
}
