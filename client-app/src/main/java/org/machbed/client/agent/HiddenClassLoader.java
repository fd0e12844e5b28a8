package org.machbed.client.agent;

import java.net.URL;
import java.net.URLClassLoader;

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
    public URL getResource(String name) {
        return super.getResource(name.equals(LOGGING) ? OUR_LOGGING : name);
    }
}
