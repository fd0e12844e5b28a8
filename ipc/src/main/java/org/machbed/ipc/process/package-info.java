/** What every Machbed process has in common: its arguments, its life, its host's directory and its counted crossings. */
@NullMarked
package org.machbed.ipc.process;

import org.jspecify.annotations.NullMarked;
