package org.machbed.client.agent;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The host's sockets, loaded and opened once per program, by what the launcher told in system properties. */
final class HostSockets {
    /** Before the name of each argument of the application, as {@code client-app} has them. */
    static final String ARGUMENT_PREFIX = "machbed.application.";

    /** Where the classes of the socket library are. */
    static final String CLASS_PATH = "machbed.class-path";

    private static final String OPENER = "org.machbed.client.HostProvider";

    private static volatile @Nullable SelectorProvider provider; // written under this class's lock

    private HostSockets() {}

    static SelectorProvider provider() throws IOException {
        SelectorProvider known = provider;
        if (known != null) {
            return known;
        }
        synchronized (HostSockets.class) {
            known = provider;
            if (known == null) {
                known = open();
                provider = known;
            }
            return known;
        }
    }

    private static SelectorProvider open() throws IOException {
        var arguments = new HashMap<String, String>();
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith(ARGUMENT_PREFIX)) {
                arguments.put(name.substring(ARGUMENT_PREFIX.length()), System.getProperty(name));
            }
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ClassLoader loader = new HiddenClassLoader(urls(System.getProperty(CLASS_PATH, "")));
        // Threads of the library inherit it, and look there for what they load by name.
        thread.setContextClassLoader(loader);
        try {
            return (SelectorProvider)
                    loader.loadClass(OPENER).getMethod("open", Map.class).invoke(null, arguments);
        } catch (InvocationTargetException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            throw new IOException("the host's sockets cannot be opened: " + cause.getMessage(), cause);
        } catch (ReflectiveOperationException e) {
            throw new IOException("the socket library is not in " + CLASS_PATH + ": " + e, e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static URL[] urls(String classPath) throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
