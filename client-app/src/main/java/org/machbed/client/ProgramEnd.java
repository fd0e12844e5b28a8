package org.machbed.client;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a program that knows nothing of us, by its last thread, {@link System#exit} or a signal; not by a kill. */
final class ProgramEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramEnd.class);

    /** The virtual machine runs hooks in ten turns, of which those of the application are the second; it uses none above the third. */
    private static final int LAST_TURN = 9;

    private ProgramEnd() {}

    /**
     * Runs something when the program's own shutdown hooks have ended, which may want its sockets. Where the virtual machine does not let us
     * (it needs {@code --add-exports=java.base/jdk.internal.access=ALL-UNNAMED}), it runs beside them.
     */
    static void afterShutdownHooks(Runnable last) {
        try {
            Object access = Class.forName("jdk.internal.access.SharedSecrets")
                    .getMethod("getJavaLangAccess")
                    .invoke(null);
            Method register = Class.forName("jdk.internal.access.JavaLangAccess")
                    .getMethod("registerShutdownHook", int.class, boolean.class, Runnable.class);
            register.invoke(access, LAST_TURN, true, last);
        } catch (IllegalAccessException | NoSuchMethodException | ClassNotFoundException e) {
            LOG.debug("the sockets end beside the program's shutdown hooks: {}", e.toString());
            Runtime.getRuntime().addShutdownHook(new Thread(last, "close-sockets"));
        } catch (InvocationTargetException e) {
            LOG.debug("the sockets end beside the program's shutdown hooks", e.getCause());
            Runtime.getRuntime().addShutdownHook(new Thread(last, "close-sockets"));
        }
    }
}
