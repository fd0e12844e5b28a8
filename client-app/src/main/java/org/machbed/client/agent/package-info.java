/**
 * Puts a host's sockets under an unmodified Java program. These classes stand on the program's own class path, as a Java agent's jar,
 * and so depend on the JDK alone; they load all others with a class loader that the program never sees.
 */
@NullMarked
package org.machbed.client.agent;

import org.jspecify.annotations.NullMarked;
