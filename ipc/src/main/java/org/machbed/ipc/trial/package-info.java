/**
 * What the launcher has a process do and time: a role is opened by one command and tried by others. Runs in every process that
 * times something of its own.
 */
@NullMarked
package org.machbed.ipc.trial;

import org.jspecify.annotations.NullMarked;
