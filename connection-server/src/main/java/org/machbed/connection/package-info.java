/**
 * The place of Jetstream's connection server (edwards95 section 4). Nothing is here yet: the issue that brings Jetstream fills it.
 */
@NullMarked
package org.machbed.connection;

import org.jspecify.annotations.NullMarked;
