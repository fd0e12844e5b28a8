package org.machbed.client.agent;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Loads the socket library and what it needs apart from the program: neither sees the other's classes, so that both may have the
 * same libraries in other versions.
 */
final class HiddenClassLoader extends URLClassLoader {
    private static final String LOGGING = "logback.xml";

    /** The logging of our processes: warnings, on standard error. */
    private static final String OUR_LOGGING = "machbed-logback.xml";

    HiddenClassLoader(URL[] urls) {
        super("machbed", urls, ClassLoader.getPlatformClassLoader());
    }

    /** The program's system properties are its own, so our logging has to be found without one. */
    @Override
    public @Nullable URL getResource(String name) {
        return super.getResource(name.equals(LOGGING) ? OUR_LOGGING : name);
    }

    /** Of files for the logging there is one: several would be told on standard output. */
    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        if (!name.equals(LOGGING)) {
            return super.getResources(name);
        }
        URL ours = getResource(name);
        return Collections.enumeration(ours == null ? List.of() : List.of(ours));
    }
}
