/**
 * The JDK's own channel API over a socket layer: an application written against {@code java.nio.channels} runs on any
 * topology by being given another {@link java.nio.channels.spi.SelectorProvider}. Runs in the application's process; knows no
 * binding.
 */
@NullMarked
package org.machbed.client.channel;

import org.jspecify.annotations.NullMarked;
