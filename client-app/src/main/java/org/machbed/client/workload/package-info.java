/**
 * What applications do, written once against the JDK's channels, so that a workload runs unchanged on every topology and on the
 * machine's own kernel. Runs in client-app.
 */
@NullMarked
package org.machbed.client.workload;

import org.jspecify.annotations.NullMarked;
