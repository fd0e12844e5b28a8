/**
 * The small services of every early internet host: echo, discard, daytime and chargen (RFC 862, 863, 867, 864) over UDP and TCP,
 * written once against the JDK's channels. They serve in an application's process, a thread to each channel.
 */
@NullMarked
package org.machbed.client.service;

import org.jspecify.annotations.NullMarked;
